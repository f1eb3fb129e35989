using System.Runtime.InteropServices;
using Cgh.Core;

namespace Cgh.Trainer.Training;

/// <summary>
/// How the C library hands out Torch's memory. By default glibc gives large blocks back to the system when they are freed, and a
/// step frees all its activations: each step then pays for the same pages again. But a heap that keeps them grows from step to step, because
/// what a freed block leaves is too small for the next one of its own size (<c>posix_memalign</c> asks for more than it uses) when small
/// objects that stay have come to lie beside it. So the largest blocks are mapped one by one and given back, and the heap keeps the rest.
/// docs/performance.md has the figures.
/// </summary>
/// <remarks>
/// In two stages: what Torch and oneDNN make for good, such as compiled convolutions, is made in the first steps, whose blocks are all mapped,
/// so that it lies together at the bottom of the heap.
/// </remarks>
internal static partial class Allocator
{
    /// <summary>
    /// <c>keep</c>: no block is given back, the fastest and the largest. <c>system</c>: the C library is left as it is.
    /// </summary>
    public const string Variable = "CGH_ALLOCATOR";

    private const string Keep = "keep";
    private const string Untouched = "system";

    // glibc's malloc.h.
    private const int TrimThreshold = -1;
    private const int MappingThreshold = -3;
    private const int MostMappings = -4;
    private const int MostArenas = -8;

    // At batch 16, ResNet-18's activations of 112 x 112 pixels. All of a small network's stay in the heap.
    private const int LargestKept = 13 << 20;

    // Larger than what Torch and oneDNN make for good during a step.
    private const int LargestAtFirst = 256 << 10;

    private static readonly string? s_choice = Environment.GetEnvironmentVariable(Variable);

    private static readonly bool s_isOurs = OperatingSystem.IsLinux()
        && s_choice != Untouched
        && NativeLibrary.TryLoad("libc.so.6", out var libc)
        && NativeLibrary.TryGetExport(libc, "gnu_get_libc_version", out _);

    /// <summary>To be called before Torch is, on <see cref="MainThread"/>. Does nothing where the C library is not glibc.</summary>
    /// <exception cref="UserErrorException"><see cref="Variable"/> has a value that it does not know.</exception>
    public static void Begin()
    {
        if (s_choice is not (null or "" or Keep or Untouched))
        {
            throw UserErrorException.Usage($"{Variable} must be {Keep} or {Untouched}, or not set (it is '{s_choice}').");
        }

        if (s_isOurs)
        {
            // One arena: another one's blocks end at 64 MB. With -1 the heap's end is not given back.
            Set(MostArenas, 1);
            Set(TrimThreshold, -1);
            Set(MappingThreshold, LargestAtFirst);
        }
    }

    /// <summary>The second stage. To be called when the first two steps are done.</summary>
    public static void FirstStepsAreDone()
    {
        if (s_isOurs && s_choice == Keep)
        {
            Set(MostMappings, 0);
        }
        else if (s_isOurs)
        {
            Set(MappingThreshold, LargestKept);
        }
    }

    private static void Set(int option, int value)
    {
        if (SetOption(option, value) == 0)
        {
            throw new InvalidOperationException($"glibc's mallopt refused option {option}.");
        }
    }

    [LibraryImport("libc.so.6", EntryPoint = "mallopt")]
    private static partial int SetOption(int option, int value);
}
