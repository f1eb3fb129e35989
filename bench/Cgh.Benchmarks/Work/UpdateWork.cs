using System.Runtime.CompilerServices;
using Cgh.Benchmarks.Harness;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Benchmarks.Work;

/// <summary>An update kernel on gradients that are not in a cache. In a step, the activations of the backward pass evict them.</summary>
internal sealed class UpdateWork : IWork
{
    // Larger than the last-level cache of any processor.
    private const long EvictionBytes = 128 << 20;

    private readonly Tensor[] _vectors;
    private readonly Tensor _evicting = zeros(EvictionBytes, ScalarType.Byte);
    private readonly CpuUpdates _updates;
    private readonly string _kind;
    private readonly int _threads;
    private readonly int _repeat;
    private int _count;

    /// <param name="kind">
    /// sgd, ra3, rm3, m3, median:5, trimmed:5:1; traffic: RM3's memory traffic with one addition per operand; reads: RM3's reads only.
    /// </param>
    /// <param name="parameters">Number of parameters.</param>
    /// <param name="threads">Number of threads.</param>
    /// <param name="repeat">Updates per sample. A sample is their median.</param>
    public UpdateWork(string kind, long parameters, int threads, int repeat)
    {
        _kind = kind;
        _threads = threads;
        _repeat = repeat;
        _updates = new CpuUpdates(threads, KernelWidths.Widest);
        _vectors = [.. Enumerable.Range(0, 1 + Gradients(kind)).Select(_ => randn(parameters))];
        About = new Dictionary<string, object> { ["threads"] = threads, ["width"] = (int)KernelWidths.Widest, ["parameters"] = parameters };
        for (var warm = 0; warm < 4; warm++)
        {
            Once();
        }
    }

    public IReadOnlyDictionary<string, object> About { get; }

    public double Sample() => Comparison.Median(Enumerable.Range(0, _repeat).Select(_ =>
    {
        _evicting.add_(1);
        return _threads == 1 ? Timing.ThreadSeconds(Once) : Timing.Seconds(Once);
    }));

    public void Dispose()
    {
        foreach (var vector in _vectors)
        {
            vector.Dispose();
        }

        _evicting.Dispose();
    }

    private static int Gradients(string kind) => kind switch
    {
        "sgd" => 1,
        "median:5" or "trimmed:5:1" => 5,
        _ => 3,
    };

    private unsafe void Once()
    {
        const double Rate = 1e-6;
        Tensor Gradient(int offset) => _vectors[1 + ((_count + offset) % Gradients(_kind))];
        var finite = _kind switch
        {
            "sgd" => _updates.Sgd(_vectors[0], _vectors[1], velocity: null, Rate, momentum: 0, decay: 0),
            "rm3" => _updates.Window<MedianEstimate>(_vectors[0], Gradient(0), Gradient(1), Gradient(2), Rate, decay: 0),
            "ra3" => _updates.Window<MeanEstimate>(_vectors[0], Gradient(0), Gradient(1), Gradient(2), Rate, decay: 0),
            "median:5" or "trimmed:5:1" => _updates.Trimmed(
                _vectors[0], [Gradient(0), Gradient(1), Gradient(2), Gradient(3), Gradient(4)], _kind == "median:5" ? 2 : 1, Rate, decay: 0),
            "m3" => _updates.Groups<MedianEstimate>(_vectors[0], Gradient(0), Gradient(1), Gradient(2), Rate, decay: 0),
            "reads" => Coordinates.Update(
                new Reads(
                    FlatVector.Pointer(_vectors[0]), FlatVector.Pointer(Gradient(0)), FlatVector.Pointer(Gradient(1)), FlatVector.Pointer(Gradient(2))),
                _vectors[0].numel(),
                _threads,
                KernelWidths.Widest),
            _ => _updates.Window<SumEstimate>(_vectors[0], Gradient(0), Gradient(1), Gradient(2), Rate, decay: 0),
        };
        _count++;
        if (!finite)
        {
            throw new InvalidOperationException("The benchmark's weights are not finite.");
        }
    }

    private readonly struct SumEstimate : IEstimate
    {
        public static TVector Of<TLanes, TVector>(TVector a, TVector b, TVector c)
            where TLanes : ILanes<TVector>
            where TVector : struct => TLanes.Add(TLanes.Add(a, b), c);
    }

    private readonly unsafe struct Reads(float* weights, float* oldest, float* previous, float* newest) : IUpdate
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public TVector Step<TLanes, TVector>(long at)
            where TLanes : ILanes<TVector>
            where TVector : struct =>
            TLanes.Add(TLanes.Add(TLanes.Load(weights + at), TLanes.Load(oldest + at)), TLanes.Add(TLanes.Load(previous + at), TLanes.Load(newest + at)));
    }
}
