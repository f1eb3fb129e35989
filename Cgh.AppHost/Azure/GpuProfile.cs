using Cgh.Core;
using Microsoft.Extensions.Configuration;

namespace Cgh.AppHost.Azure;

/// <summary>A workload profile with one GPU for trainers on Azure Container Apps.</summary>
/// <param name="WorkloadProfileType">Azure's name of the profile.</param>
/// <param name="Cores">All of its cores: a replica uses the whole machine.</param>
/// <param name="Memory">All of its memory.</param>
internal sealed record GpuProfile(string WorkloadProfileType, double Cores, string Memory)
{
    private static readonly Dictionary<string, GpuProfile?> s_known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["None"] = null,
        ["T4"] = new("Consumption-GPU-NC8as-T4", 8, "56Gi"),
        ["A100"] = new("Consumption-GPU-NC24-A100", 24, "220Gi"),
    };

    /// <summary>The profile set in <c>Trainers:Gpu</c>; null for trainers without a GPU.</summary>
    /// <exception cref="UserErrorException">The profile is unknown.</exception>
    public static GpuProfile? Read(IConfiguration configuration)
    {
        const string Setting = "Trainers:Gpu";
        var given = configuration[Setting] is { Length: > 0 } value ? value : "None";
        return s_known.TryGetValue(given, out var profile)
            ? profile
            : throw new UserErrorException($"{Setting} must be {string.Join(", ", s_known.Keys.SkipLast(1))} or {s_known.Keys.Last()} (it is '{given}').");
    }
}
