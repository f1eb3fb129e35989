using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Harness;

internal static partial class Timing
{
    // The kernel's number for the clock of the calling thread, in Linux.
    private const int ThreadClock = 3;

    public static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>
    /// Measures the processor time of the calling thread in seconds, which a busy machine affects less. For single-threaded work only. The same as
    /// <see cref="Seconds"/> on other systems than Linux.
    /// </summary>
    public static double ThreadSeconds(Action work)
    {
        if (!OperatingSystem.IsLinux())
        {
            return Seconds(work);
        }

        var start = ThreadTime();
        work();
        return ThreadTime() - start;
    }

    /// <summary>Measures <paramref name="work"/> in seconds. On a GPU, synchronizes before and after.</summary>
    public static double SynchronizedSeconds(Device device, Action work)
    {
        void Wait()
        {
            if (device.type == DeviceType.CUDA)
            {
                cuda.synchronize();
            }
        }

        Wait();
        return Seconds(() =>
        {
            work();
            Wait();
        });
    }

    private static double ThreadTime() => GetTime(ThreadClock, out var time) == 0 ? time.Seconds + (time.Nanoseconds * 1e-9) : throw new Win32Exception();

    [LibraryImport("libc", EntryPoint = "clock_gettime", SetLastError = true)]
    private static partial int GetTime(int clock, out TimeSpec time);

    private struct TimeSpec
    {
        public nint Seconds;
        public nint Nanoseconds;
    }
}
