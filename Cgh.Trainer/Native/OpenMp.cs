using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Cgh.Trainer.Native;

/// <summary>
/// Shortens the busy-waiting of Torch's threads. With GNU OpenMP, idle threads spin for about a millisecond, which wastes whole processors
/// if several runs share a machine. A tenth of that is as fast on an idle machine (docs/results/performance.md).
/// </summary>
internal static partial class OpenMp
{
    private const string SpinCount = "GOMP_SPINCOUNT";
    private const string WaitPolicy = "OMP_WAIT_POLICY";

    // libtorch for macOS loads OpenMP from this path. Its package contains the library elsewhere, with this path as the install name, so libtorch
    // uses it if it is loaded first.
    private const string HomebrewPath = "/opt/homebrew/opt/libomp/lib/libomp.dylib";
    private const string PackagedName = "libomp.dylib";

    /// <summary>Sets the spin count unless the user has. Call it before Torch is loaded, when OpenMP reads the environment.</summary>
    public static void Begin()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(WaitPolicy) is null)
        {
            // Environment.SetEnvironmentVariable does not affect native code.
            SetVariable(SpinCount, "10000", overwrite: 0);
        }

        if (UsesPackagedLibrary(OperatingSystem.IsMacOS(), File.Exists))
        {
            // If this fails, so does loading Torch, which reports what to do.
            NativeLibrary.TryLoad(PackagedName, typeof(TorchSharp.torch).Assembly, searchPath: null, out _);
        }
    }

    /// <summary>Whether to load the package's library before libtorch loads Homebrew's. Two OpenMP libraries would abort the process.</summary>
    internal static bool UsesPackagedLibrary(bool isMacOS, Func<string, bool> exists) => isMacOS && !exists(HomebrewPath);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
