using System.Diagnostics;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Harness;

internal static class Timing
{
    public static double Seconds(Action work)
    {
        var start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Seconds until a device has done all that <paramref name="work"/> asks of it, and nothing from before.</summary>
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
}
