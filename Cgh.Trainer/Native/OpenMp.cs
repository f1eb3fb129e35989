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

    /// <summary>To be called before Torch is: the library reads the environment when it is loaded. What the user has set stays. Does nothing but on Linux: elsewhere libtorch brings another OpenMP.</summary>
    public static void Begin()
    {
        if (OperatingSystem.IsLinux() && Environment.GetEnvironmentVariable(WaitPolicy) is null)
        {
            // .NET's own SetEnvironmentVariable does not reach native code.
            SetVariable(SpinCount, "10000", overwrite: 0);
        }
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
