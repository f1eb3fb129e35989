using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Cgh.Core;

namespace Cgh.Trainer.Native;

/// <summary>
/// Configures the allocation of Torch's CPU memory. A step frees all its activations. By default, glibc returns large blocks to the
/// system, so the next step faults in every page again. This makes the heap keep freed memory, and <see cref="TensorMemory"/> makes
/// freed blocks reusable. docs/performance.md has the figures.
/// </summary>
internal static partial class Allocator
{
    /// <summary>Environment variable; <c>system</c> leaves the C library and Torch unchanged.</summary>
    public const string Variable = "CGH_ALLOCATOR";

    private const string SystemChoice = "system";

    // Constants of glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int MaxMappings = -4;
    private const int MaxArenas = -8;

    private static readonly string? s_choice = Environment.GetEnvironmentVariable(Variable);

    private static readonly bool s_isOurs = s_choice != SystemChoice
        && IsKnownPlatform(OperatingSystem.IsLinux(), RuntimeInformation.ProcessArchitecture, IsGlibc);

    /// <summary>
    /// Whether the platform is supported: the options are glibc's, and the layouts and measurements behind <see cref="TensorMemory"/> are for x64.
    /// </summary>
    internal static bool IsKnownPlatform(bool isLinux, Architecture architecture, Func<bool> isGlibc) =>
        isLinux && architecture == Architecture.X64 && isGlibc();

    /// <summary>Configures malloc on Linux on x64 with glibc. Call it on <see cref="MainThread"/>, before Torch is loaded.</summary>
    /// <exception cref="UserErrorException"><see cref="Variable"/> has an unknown value.</exception>
    public static void Begin()
    {
        if (s_choice is not (null or "" or SystemChoice))
        {
            throw UserErrorException.Usage($"{Variable} must be '{SystemChoice}' or unset (it is '{s_choice}').");
        }

        if (OperatingSystem.IsLinux() && s_isOurs)
        {
            // A single arena, as blocks in other arenas are limited to 64 MB. The trim threshold -1 never shrinks the heap.
            Set(MaxArenas, 1);
            Set(TrimThreshold, -1);
            Set(MaxMappings, 0);
        }
    }

    /// <summary>Replaces Torch's CPU allocator. Call it when Torch is loaded.</summary>
    public static void TorchIsLoaded()
    {
        if (OperatingSystem.IsLinux() && s_isOurs)
        {
            TensorMemory.Take();
        }
    }

    /// <summary>Sets <see cref="TensorMemory.Exhausted"/>. On other platforms, Torch's own allocator throws instead.</summary>
    public static void WhenExhausted(Action<string>? handler)
    {
        if (OperatingSystem.IsLinux())
        {
            TensorMemory.Exhausted = handler;
        }
    }

    // False with musl, as on Alpine.
    private static bool IsGlibc() => NativeLibrary.TryLoad("libc.so.6", out var libc) && NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out _);

    [SupportedOSPlatform("linux")]
    private static void Set(int option, int value)
    {
        if (SetOption(option, value) == 0)
        {
            throw new InvalidOperationException($"mallopt failed for option {option}.");
        }
    }

    [SupportedOSPlatform("linux")]
    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
