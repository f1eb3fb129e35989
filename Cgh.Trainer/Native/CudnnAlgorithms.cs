using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Cgh.Trainer.Native;

/// <summary>
/// Which of its algorithms cuDNN takes for a convolution: Python's <c>torch.backends.cudnn.benchmark</c> and <c>.deterministic</c>.
/// TorchSharp 0.107.0 has neither, so these are libtorch's own C++ functions under their names in GCC's and Clang's ABI; CUDA builds are for Linux,
/// and Windows names these functions otherwise.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static partial class CudnnAlgorithms
{
    private const string LibTorch = "torch_cpu";

    /// <summary>Whether cuDNN times its algorithms and takes the fastest.</summary>
    public static bool Fastest => BenchmarkCudnn(GlobalContext());

    /// <summary>Whether cuDNN takes only algorithms whose results repeat.</summary>
    public static bool Repeatable => DeterministicCudnn(GlobalContext());

    /// <summary>Chooses for this process.</summary>
    /// <param name="fastest">Those that were fastest when tried; else those that repeat.</param>
    public static void Choose(bool fastest)
    {
        var context = GlobalContext();
        SetBenchmarkCudnn(context, fastest);
        SetDeterministicCudnn(context, !fastest);
    }

    [LibraryImport(LibTorch, EntryPoint = "_ZN2at13globalContextEv")]
    private static partial nint GlobalContext();

    [LibraryImport(LibTorch, EntryPoint = "_ZN2at7Context17setBenchmarkCuDNNEb")]
    private static partial void SetBenchmarkCudnn(nint context, [MarshalAs(UnmanagedType.U1)] bool on);

    [LibraryImport(LibTorch, EntryPoint = "_ZN2at7Context21setDeterministicCuDNNEb")]
    private static partial void SetDeterministicCudnn(nint context, [MarshalAs(UnmanagedType.U1)] bool on);

    [LibraryImport(LibTorch, EntryPoint = "_ZNK2at7Context14benchmarkCuDNNEv")]
    [return: MarshalAs(UnmanagedType.U1)]
    private static partial bool BenchmarkCudnn(nint context);

    [LibraryImport(LibTorch, EntryPoint = "_ZNK2at7Context18deterministicCuDNNEv")]
    [return: MarshalAs(UnmanagedType.U1)]
    private static partial bool DeterministicCudnn(nint context);
}
