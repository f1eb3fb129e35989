using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using Cgh.Trainer.UpdateRules.Kernels;

namespace Cgh.Benchmarks.Kernels;

/// <summary>Benchmarks of the update kernels in every register width of the processor.</summary>
public unsafe class UpdateBenchmarks
{
    private const int Vectors = 4;
    private const float Rate = 1e-6f;
    private const float Decay = 1e-4f;

    private readonly float*[] _vectors = new float*[Vectors];

    /// <summary>Lengths that fit in a core's cache, and that do not.</summary>
    [Params(8_192, 11_689_512)]
    public int Length { get; set; }

    [ParamsSource(nameof(Widths))]
    public int Width { get; set; }

    public static IEnumerable<int> Widths => KernelWidths.Present.Select(width => (int)width);

    [GlobalSetup]
    public void Allocate()
    {
        var random = new Random(1);
        for (var vector = 0; vector < Vectors; vector++)
        {
            _vectors[vector] = (float*)NativeMemory.AlignedAlloc((nuint)Length * sizeof(float), 64);
            for (var i = 0; i < Length; i++)
            {
                _vectors[vector][i] = random.NextSingle() - 0.5f;
            }
        }
    }

    [GlobalCleanup]
    public void Free()
    {
        foreach (var vector in _vectors)
        {
            NativeMemory.AlignedFree(vector);
        }
    }

    [Benchmark(Baseline = true)]
    public bool Sgd() => Run(new SgdUpdate<No, No>(_vectors[0], _vectors[1], null, Rate, 0, 0));

    [Benchmark]
    public bool SgdWithMomentumAndDecay() => Run(new SgdUpdate<Yes, Yes>(_vectors[0], _vectors[1], _vectors[2], Rate, 0.9f, Decay));

    [Benchmark]
    public bool Rm3() => Run(new WindowUpdate<MedianEstimate, No>(_vectors[0], _vectors[1], _vectors[2], _vectors[3], Rate, 0));

    [Benchmark]
    public bool Rm3WithDecay() => Run(new WindowUpdate<MedianEstimate, Yes>(_vectors[0], _vectors[1], _vectors[2], _vectors[3], Rate, Decay));

    [Benchmark]
    public bool Ra3() => Run(new WindowUpdate<MeanEstimate, No>(_vectors[0], _vectors[1], _vectors[2], _vectors[3], Rate, 0));

    [Benchmark]
    public bool M3() => Run(new GroupsUpdate<MedianEstimate, No>(_vectors[0], _vectors[1], _vectors[2], _vectors[3], Rate, 0));

    private bool Run<TUpdate>(TUpdate update)
        where TUpdate : struct, IUpdate => Coordinates.Update(update, Length, threads: 1, (KernelWidth)Width);
}
