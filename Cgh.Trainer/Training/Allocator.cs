using System.Runtime.InteropServices;

namespace Cgh.Trainer.Training;

/// <summary>
/// How the C library hands out Torch's memory. By default glibc gives large blocks back to the system when they are freed,
/// and a step frees all its activations: each step then pays for the same pages again. Here freed memory stays with the
/// process, which holds its peak until it ends; an attempt is a process of its own.
/// </summary>
/// <remarks>
/// In two stages, because small objects that stay, such as oneDNN's compiled convolutions, are made among the activations of
/// the first steps. In one heap with them they would lie between the activations for good, and split what these leave free
/// (nearly twice the peak with ResNet-18). So the first steps' large blocks are mapped one by one, away from the small ones.
/// </remarks>
internal static partial class Allocator
{
    /// <summary>Set to <c>system</c> to leave the C library as it is.</summary>
    public const string Variable = "CGH_ALLOCATOR";

    // glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int MappingThreshold = -3;
    private const int MostMappings = -4;
    private const int MostArenas = -8;

    // Larger than what Torch and oneDNN keep beside tensors.
    private const int LargeBlock = 256 << 10;

    private static readonly bool s_isOurs = OperatingSystem.IsLinux()
        && Environment.GetEnvironmentVariable(Variable) != "system"
        && NativeLibrary.TryLoad("libc.so.6", out var libc)
        && NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out _);

    /// <summary>The first stage: small objects and large blocks lie apart. To be called before Torch is, on <see cref="MainThread"/>.</summary>
    public static void Begin()
    {
        // One arena: another one's blocks end at 64 MB, and what is larger would be mapped and given back after all. With -1 nothing is trimmed.
        if (s_isOurs && (SetOption(MostArenas, 1) == 0 || SetOption(MappingThreshold, LargeBlock) == 0 || SetOption(TrimThreshold, -1) == 0))
        {
            throw new InvalidOperationException("glibc did not take its allocator's options.");
        }
    }

    /// <summary>The second stage, from now on: freed memory stays. To be called when the first steps are done.</summary>
    public static void KeepFreedMemory()
    {
        if (s_isOurs && SetOption(MostMappings, 0) == 0)
        {
            throw new InvalidOperationException("glibc did not take its allocator's options.");
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
