using System.Runtime.InteropServices;

namespace Cgh.Trainer.Training;

/// <summary>
/// How the C library hands out Torch's memory. By default glibc gives every large block back to the system when it is freed,
/// and a step frees all its activations: each step then pays for the same pages again. Here freed memory stays with the
/// process, which holds its peak until it ends; an attempt is a process of its own.
/// </summary>
internal static partial class Allocator
{
    /// <summary>Set to <c>system</c> to leave the C library as it is.</summary>
    public const string Variable = "CGH_ALLOCATOR";

    // glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int MostMappings = -4;
    private const int MostArenas = -8;

    /// <summary>Makes freed memory stay. Does nothing where the C library is not glibc. To be called before Torch is.</summary>
    /// <returns>Whether it did.</returns>
    public static bool KeepFreedMemory()
    {
        if (!OperatingSystem.IsLinux()
            || Environment.GetEnvironmentVariable(Variable) == "system"
            || !NativeLibrary.TryLoad("libc.so.6", out var libc)
            || !NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out _))
        {
            return false;
        }

        // No mapping and, with -1, no trimming. One arena: another one's blocks end at 64 MB, and what is larger would be mapped and given back after all.
        return SetOption(MostArenas, 1) == 1 && SetOption(MostMappings, 0) == 1 && SetOption(TrimThreshold, -1) == 1;
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
