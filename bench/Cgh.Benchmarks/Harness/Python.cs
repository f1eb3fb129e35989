using System.Diagnostics;

namespace Cgh.Benchmarks.Harness;

/// <summary>The Python interpreter of the peers.</summary>
internal static class Python
{
    /// <summary>Environment variable with the path of an interpreter.</summary>
    public const string Variable = "CGH_PYTHON";

    /// <summary>How to install the packages.</summary>
    public const string Install =
        $"apt-get install python3-torch python3-torchvision python3-numpy python3-pil (Debian, Ubuntu), "
        + $"or set the environment variable {Variable} to another Python";

    private static readonly Lazy<string?> s_path = new(() =>
        Candidates().FirstOrDefault(path => Runs(path, "import torch, torchvision, numpy, PIL")));

    /// <summary>Path of an interpreter with PyTorch, torchvision, NumPy and Pillow; null if not found.</summary>
    public static string? Path => s_path.Value;

    private static IEnumerable<string> Candidates() =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named ? [named] : ["/usr/bin/python3", "python3", "python"];

    private static bool Runs(string python, string statement)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(python, ["-c", statement]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            process.StandardError.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // The interpreter does not exist.
            return false;
        }
    }
}
