using Cgh.Core;
using Microsoft.Extensions.Configuration;

namespace Cgh.AppHost.Aspire.Azure;

/// <summary>A kind of machine with one GPU, for trainers on Azure Container Apps.</summary>
/// <param name="WorkloadProfileType">Azure's name for it.</param>
/// <param name="Cores">All of its processors: a replica has the machine to itself.</param>
/// <param name="Memory">All of its memory.</param>
internal sealed record GpuProfile(string WorkloadProfileType, double Cores, string Memory)
{
    private static readonly Dictionary<string, GpuProfile?> s_known = new(StringComparer.OrdinalIgnoreCase)
    {
        ["None"] = null,
        ["T4"] = new("Consumption-GPU-NC8as-T4", 8, "56Gi"),
        ["A100"] = new("Consumption-GPU-NC24-A100", 24, "220Gi"),
    };

    /// <summary>The profile that <c>Trainers:Gpu</c> asks for; null for trainers without a GPU.</summary>
    /// <exception cref="UserErrorException">There is none of that name.</exception>
    public static GpuProfile? Read(IConfiguration configuration)
    {
        const string Setting = "Trainers:Gpu";
        var given = configuration[Setting] is { Length: > 0 } value ? value : "None";
        return s_known.TryGetValue(given, out var profile)
            ? profile
            : throw new UserErrorException($"{Setting} must be {string.Join(", ", s_known.Keys.SkipLast(1))} or {s_known.Keys.Last()} (it is '{given}').");
    }
}
