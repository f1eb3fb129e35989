using System.Runtime.InteropServices;
using Cgh.Core;
using Cgh.Core.Runs;
using static TorchSharp.torch;

namespace Cgh.Trainer.Native;

/// <summary>Configures Torch. Its thread counts and random generator are process-wide, which is why each attempt has its own process.</summary>
internal static class TorchSettings
{
    /// <summary>Applies the settings. Call it on the thread that trains.</summary>
    /// <param name="device">Device in the spec.</param>
    /// <param name="threads">Number of threads; 0 uses all processors.</param>
    /// <param name="tf32">CUDA: whether to use TF32 for float32 products.</param>
    /// <param name="cudnnBenchmark">CUDA: whether to use cuDNN's fastest algorithms instead of deterministic ones.</param>
    /// <exception cref="UserErrorException">The spec requires CUDA, which is not available.</exception>
    public static (Device Device, RunEnvironment Environment) Apply(DeviceChoice device, int threads, bool tf32 = false, bool cudnnBenchmark = false)
    {
        Allocator.Begin();
        OpenMp.Begin();
        var hasCuda = LoadTorch();
        Allocator.TorchIsLoaded();
        if (device == DeviceChoice.Cuda && !hasCuda)
        {
            throw new UserErrorException(
                "device cuda: there is no CUDA device, or this build does not support CUDA. "
                + "Build with -p:TorchBackend=cuda on a machine with a GPU, or choose cpu.");
        }

        set_num_threads(threads == 0 ? Environment.ProcessorCount : threads);

        // No operations run concurrently. The size of this pool can only be set once per process.
        if (get_num_interop_threads() != 1)
        {
            set_num_interop_threads(1);
        }

        var onCuda = device != DeviceChoice.Cpu && hasCuda;
        var chosen = onCuda ? CUDA : CPU;
        if (onCuda)
        {
            // Torch enables TF32 for convolutions by default, but not for matrix products.
            backends.cuda.matmul.allow_tf32 = tf32;
            backends.cudnn.allow_tf32 = tf32;
            if (!OperatingSystem.IsWindows())
            {
                CudnnAlgorithms.Choose(fastest: cudnnBenchmark);
            }
        }

        return (chosen, new RunEnvironment
        {
            Product = $"Cgh {AssemblyVersion.Of(typeof(TorchSettings).Assembly)}",
            Dotnet = RuntimeInformation.FrameworkDescription,
            TorchSharp = AssemblyVersion.Of(typeof(TorchSharp.torch).Assembly),
            LibTorch = System.Version.Parse(__version__).ToString(fieldCount: 3),
            OperatingSystem = RuntimeInformation.OSDescription,
            Processors = Environment.ProcessorCount,
            Device = chosen.type.ToString().ToLowerInvariant(),
            Threads = get_num_threads(),
            Tf32 = tf32 && onCuda,
            CudnnBenchmark = cudnnBenchmark && onCuda,
        });
    }

    // The first call loads Torch's native libraries. Returns whether CUDA is available.
    private static bool LoadTorch()
    {
        try
        {
            return cuda.is_available();
        }
        catch (TypeInitializationException error)
        {
            var requirements = Requirements(OperatingSystem.IsWindows(), OperatingSystem.IsMacOS());
            throw new UserErrorException($"Cannot load Torch's libraries: {UserText.FirstLine(error.GetBaseException())} {requirements}", error);
        }
    }

    // Requirements of libtorch that its package does not include; see docs/platforms.md.
    internal static string Requirements(bool isWindows, bool isMacOS) =>
        isWindows ? "Install the Microsoft Visual C++ Redistributable for x64, check that there is enough memory, or rebuild."
        : isMacOS ? "This requires macOS 15 on Apple silicon and OpenMP (brew install libomp). Check that there is enough memory, or rebuild."
        : "Check that there is enough memory, or rebuild.";
}
