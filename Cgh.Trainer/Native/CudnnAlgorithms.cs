using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Cgh.Trainer.Native;

/// <summary>
/// Sets how cuDNN chooses convolution algorithms, like Python's <c>torch.backends.cudnn.benchmark</c> and <c>.deterministic</c>.
/// TorchSharp 0.107.0 has neither, so this calls libtorch's C++ functions by their mangled names in the Itanium ABI. CUDA builds are for Linux;
/// the names differ on Windows.
/// </summary>
[UnsupportedOSPlatform("windows")]
internal static partial class CudnnAlgorithms
{
    private const string LibTorch = "torch_cpu";

    /// <summary>Whether cuDNN times its algorithms and uses the fastest.</summary>
    public static bool Fastest => BenchmarkCudnn(GlobalContext());

    /// <summary>Whether cuDNN uses only deterministic algorithms.</summary>
    public static bool Deterministic => DeterministicCudnn(GlobalContext());

    /// <summary>Selects the algorithms for this process.</summary>
    /// <param name="fastest">True for the fastest algorithms, false for deterministic ones.</param>
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
