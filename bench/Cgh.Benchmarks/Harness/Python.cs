using System.Diagnostics;

namespace Cgh.Benchmarks.Harness;

/// <summary>The Python that the peers run in.</summary>
internal static class Python
{
    public const string Variable = "CGH_PYTHON";

    /// <summary>How to get what is missing.</summary>
    public const string Install = $"apt-get install python3-torch python3-torchvision python3-numpy python3-pil (Debian, Ubuntu), or name another Python in the environment's {Variable}";

    private static readonly Lazy<string?> s_path = new(() => Candidates().FirstOrDefault(path => Runs(path, "import torch, torchvision, numpy, PIL")));

    /// <summary>One that has PyTorch, torchvision, NumPy and Pillow; null when there is none.</summary>
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
            // There is no such program.
            return false;
        }
    }
}
