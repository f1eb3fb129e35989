using System.Globalization;

namespace Cgh.AppHost.Aspire;

/// <summary>The GPUs that trainers on this machine may use.</summary>
internal static class Gpus
{
    /// <summary>Says which GPUs a process sees; CUDA's own variable.</summary>
    public const string Variable = "CUDA_VISIBLE_DEVICES";

    private const string DeviceFile = "nvidia";

    /// <summary>Those that <see cref="Variable"/> lists, else all that the driver shows (on Linux: <c>/dev/nvidia0</c> and on).</summary>
    public static IReadOnlyList<string> Visible() => Visible(Environment.GetEnvironmentVariable(Variable), "/dev");

    internal static IReadOnlyList<string> Visible(string? listed, string devices)
    {
        if (listed is not null)
        {
            return listed.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        }

        return !OperatingSystem.IsLinux()
            ? []
            : [.. Directory.EnumerateFiles(devices, $"{DeviceFile}*")
                .Select(file => Path.GetFileName(file)[DeviceFile.Length..])
                .Where(number => number.Length > 0 && number.All(char.IsAsciiDigit))
                .OrderBy(number => int.Parse(number, CultureInfo.InvariantCulture))];
    }
}
