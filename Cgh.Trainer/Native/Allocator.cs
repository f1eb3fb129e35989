using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Cgh.Core;

namespace Cgh.Trainer.Native;

/// <summary>
/// How Torch gets memory on the CPU. A step frees all its activations; by default glibc gives large blocks back, and the next step asks for
/// each page anew. So the heap keeps what is freed, and <see cref="TensorMemory"/> sees to it that a freed block can be used again.
/// docs/results/performance.md has the figures.
/// </summary>
internal static partial class Allocator
{
    /// <summary><c>system</c>: the C library and Torch are left as they are.</summary>
    public const string Variable = "CGH_ALLOCATOR";

    private const string Untouched = "system";

    // glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int MaxMappings = -4;
    private const int MaxArenas = -8;

    private static readonly string? s_choice = Environment.GetEnvironmentVariable(Variable);

    private static readonly bool s_isOurs = s_choice != Untouched
        && IsKnownPlatform(OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture, IsGlibc);

    /// <summary>
    /// Whether heap and tensors are governed here: the options are glibc's, and the layouts and figures behind <see cref="TensorMemory"/> are of x64 alone.
    /// </summary>
    internal static bool IsKnownPlatform(bool isLinux, Architecture architecture, Func<bool> isGlibc) =>
        isLinux && architecture == Architecture.X64 && isGlibc();

    /// <summary>To be called before Torch is, on <see cref="MainThread"/>. Does nothing where the platform is another than Linux on x64 with glibc.</summary>
    /// <exception cref="UserErrorException"><see cref="Variable"/> has a value that it does not know.</exception>
    public static void Begin()
    {
        if (s_choice is not (null or "" or Untouched))
        {
            throw UserErrorException.Usage($"{Variable} must be {Untouched}, or not set (it is '{s_choice}').");
        }

        if (OperatingSystem.IsLinux() && s_isOurs)
        {
            // One arena: another one's blocks end at 64 MB. With -1 the heap's end is not given back.
            Set(MaxArenas, 1);
            Set(TrimThreshold, -1);
            Set(MaxMappings, 0);
        }
    }

    /// <summary>To be called once Torch is loaded.</summary>
    public static void TorchIsLoaded()
    {
        if (OperatingSystem.IsLinux() && s_isOurs)
        {
            TensorMemory.Take();
        }
    }

    /// <summary>Sets <see cref="TensorMemory.Exhausted"/>; where Torch keeps its own allocator that throws instead.</summary>
    public static void WhenExhausted(Action<string>? told)
    {
        if (OperatingSystem.IsLinux())
        {
            TensorMemory.Exhausted = told;
        }
    }

    // Not musl, as in Alpine.
    private static bool IsGlibc() => NativeLibrary.TryLoad("libc.so.6", out var libc) && NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out _);

    [SupportedOSPlatform("linux")]
    private static void Set(int option, int value)
    {
        if (SetOption(option, value) == 0)
        {
            throw new InvalidOperationException($"glibc's mallopt refused option {option}.");
        }
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
