using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Cgh.Trainer.Native;

/// <summary>
/// How long Torch's threads wait actively for their next piece of work. GNU's OpenMP lets them spin for about a millisecond, which costs whole
/// processors when several runs share a machine; a tenth of that is as fast on an idle one (docs/results/performance.md).
/// </summary>
internal static partial class OpenMp
{
    private const string SpinCount = "GOMP_SPINCOUNT";
    private const string WaitPolicy = "OMP_WAIT_POLICY";

    // libtorch for macOS asks for its OpenMP by this path. Its package has the library under another, with this path as its install name: loaded first, it is
    // what libtorch gets.
    private const string HomebrewPath = "/opt/homebrew/opt/libomp/lib/libomp.dylib";
    private const string PackagedName = "libomp.dylib";

    /// <summary>To be called before Torch is: the library reads the environment when it is loaded. What the user has set stays.</summary>
    public static void Begin()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(WaitPolicy) is null)
        {
            // .NET's own SetEnvironmentVariable does not reach native code.
            SetVariable(SpinCount, "10000", overwrite: 0);
        }

        if (LoadsThePackages(OperatingSystem.IsMacOS(), File.Exists))
        {
            // Where this fails, so does loading Torch, which says what to do.
            NativeLibrary.TryLoad(PackagedName, typeof(TorchSharp.torch).Assembly, searchPath: null, out _);
        }
    }

    /// <summary>Whether the package's own library is to be loaded before libtorch asks for Homebrew's. Two of them in a process would end it.</summary>
    internal static bool LoadsThePackages(bool isMacOS, Func<string, bool> exists) => isMacOS && !exists(HomebrewPath);

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
