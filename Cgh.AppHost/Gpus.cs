using System.Globalization;

namespace Cgh.AppHost;

/// <summary>The GPUs that trainers on this machine may use.</summary>
internal static class Gpus
{
    /// <summary>CUDA's environment variable that limits the GPUs a process sees.</summary>
    public const string Variable = "CUDA_VISIBLE_DEVICES";

    private const string DeviceFile = "nvidia";

    /// <summary>The GPUs listed in <see cref="Variable"/>, else all devices of the driver (on Linux <c>/dev/nvidia0</c>, <c>/dev/nvidia1</c>, ...).</summary>
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
