using System.Reflection;
using System.Runtime.InteropServices;
using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.Native;

/// <summary>What Torch runs on. Thread counts and the generator belong to the process: one attempt, one process.</summary>
internal static class TorchSettings
{
    /// <summary>Applies device and threads on the calling thread, which must be the one that trains.</summary>
    /// <param name="device">The spec's choice.</param>
    /// <param name="threads">0 takes all processors.</param>
    /// <param name="tf32">On CUDA: multiply float32 in TF32.</param>
    /// <param name="cudnnBenchmark">On CUDA: cuDNN's fastest algorithms instead of those that repeat.</param>
    /// <exception cref="UserErrorException">CUDA was asked for and is not there.</exception>
    public static (Device Device, RunEnvironment Environment) Apply(DeviceChoice device, int threads, bool tf32 = false, bool cudnnBenchmark = false)
    {
        Allocator.Begin();
        OpenMp.Begin();
        var cudaIsThere = LoadAndFindCuda();
        Allocator.TorchIsLoaded();
        if (device == DeviceChoice.Cuda && !cudaIsThere)
        {
            throw new UserErrorException("device cuda: there is no CUDA device here, or this build has no CUDA. Build with -p:TorchBackend=cuda on a machine that has one, or choose cpu.");
        }

        set_num_threads(threads == 0 ? Environment.ProcessorCount : threads);

        // Nothing here runs two operations at once; the pool can be sized once a process.
        if (get_num_interop_threads() != 1)
        {
            set_num_interop_threads(1);
        }

        var onCuda = device != DeviceChoice.Cpu && cudaIsThere;
        var chosen = onCuda ? CUDA : CPU;
        if (onCuda)
        {
            // Torch's own default has TF32 on in convolutions and off in matrix products.
            backends.cuda.matmul.allow_tf32 = tf32;
            backends.cudnn.allow_tf32 = tf32;
            if (!OperatingSystem.IsWindows())
            {
                CudnnAlgorithms.Choose(fastest: cudnnBenchmark);
            }
        }

        return (chosen, new RunEnvironment
        {
            Product = $"Cgh {Version(typeof(TorchSettings).Assembly)}",
            Dotnet = RuntimeInformation.FrameworkDescription,
            TorchSharp = Version(typeof(TorchSharp.torch).Assembly),
            LibTorch = System.Version.Parse(__version__).ToString(fieldCount: 3),
            OperatingSystem = RuntimeInformation.OSDescription,
            Processors = Environment.ProcessorCount,
            Device = chosen.type.ToString().ToLowerInvariant(),
            Threads = get_num_threads(),
            Tf32 = tf32 && onCuda,
            CudnnBenchmark = cudnnBenchmark && onCuda,
        });
    }

    // The part behind '+' is a commit of the package's build.
    private static string Version(Assembly assembly) =>
        (assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? assembly.GetName().Version?.ToString() ?? "").Split('+')[0];

    // The first word to Torch loads it.
    private static bool LoadAndFindCuda()
    {
        try
        {
            return cuda.is_available();
        }
        catch (TypeInitializationException error)
        {
            var need = WhatTheyNeed(OperatingSystem.IsWindows(), OperatingSystem.IsMacOS());
            throw new UserErrorException($"Torch's libraries cannot be loaded: {AtomicFile.FirstLine(error.GetBaseException())} {need}", error);
        }
    }

    // What libtorch wants and its package does not bring: docs/platforms.md.
    internal static string WhatTheyNeed(bool isWindows, bool isMacOS) =>
        isWindows ? "They need the Microsoft Visual C++ Redistributable for x64, enough memory, and to be whole (build again)."
        : isMacOS ? "They need macOS 15 on Apple silicon, OpenMP (brew install libomp), enough memory, and to be whole (build again)."
        : "Is there enough memory, and are they whole (build again)?";
}
