using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Cgh.Benchmarks.Harness;

/// <summary>Processor time of the calling thread, which other programs and threads hardly change (Linux).</summary>
internal static partial class ThreadTime
{
    private const int ThreadClock = 3;

    /// <summary>Runs work on the calling thread and returns its processor seconds.</summary>
    public static double Of(Action work)
    {
        var before = Now();
        work();
        return Now() - before;
    }

    private static double Now() => clock_gettime(ThreadClock, out var time) == 0
        ? time.Seconds + (time.Nanoseconds / 1e9)
        : throw new UnreachableException("clock_gettime refused the clock of the thread.");

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int clock_gettime(int clock, out Time time);

    [StructLayout(LayoutKind.Sequential)]
    private struct Time
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
