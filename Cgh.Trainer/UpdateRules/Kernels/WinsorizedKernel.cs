using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Cgh.Core.UpdateRules;
using static TorchSharp.torch;

namespace Cgh.Trainer.UpdateRules.Kernels;

/// <summary>
/// The winsorized sums of <see cref="WinsorizedMean"/> for float32 on the CPU, without sorting: of each coordinate's products, only the smallest and the
/// largest that a percentile needs are kept, and what they displace is summed. Nothing is subtracted, so outliers leave no rounding error behind.
/// </summary>
/// <remarks>
/// For each register of inputs, all outputs go through the examples once. Memory, for each thread, is a register of inputs of every example and the values
/// kept.
/// </remarks>
/// <param name="threads">Number of threads; does not affect the results.</param>
/// <param name="width">Register width; does not affect the results.</param>
internal sealed unsafe class WinsorizedKernel(int threads, KernelWidth width)
{
    // In products. Fewer are summed before another thread has started.
    private const long MinPart = 1 << 18;

    /// <summary>With Torch's number of threads and the widest registers.</summary>
    public static WinsorizedKernel Default => new(get_num_threads(), KernelWidths.Widest);

    /// <summary>As <see cref="WinsorizedMean.OfProducts"/>; <see cref="Winsorizing.Clipped"/> must not be 0.</summary>
    public void Average(Tensor inputs, Tensor errors, Winsorizing position, Tensor target)
    {
        using var scope = NewDisposeScope();
        var (x, e) = (inputs.contiguous().view(-1), errors.t().contiguous().view(-1));
        var layer = new Layer(
            FlatVector.Pointer(x), FlatVector.Pointer(e), FlatVector.Pointer(target), (int)inputs.shape[0], inputs.shape[1], errors.shape[1], position);
        switch (width)
        {
            case KernelWidth.Bits512:
                Run<Lanes16, Vector512<float>>(layer);
                break;
            case KernelWidth.Bits256:
                Run<Lanes8, Vector256<float>>(layer);
                break;
            case KernelWidth.Bits128:
                Run<Lanes4, Vector128<float>>(layer);
                break;
            case KernelWidth.Scalar:
                Run<Lanes1, float>(layer);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void Run<TLanes, TVector>(Layer layer)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var tiles = (layer.Inputs + TLanes.Count - 1) / TLanes.Count;
        var parts = (int)Math.Clamp(layer.Examples * layer.Inputs * layer.Outputs / MinPart, 1, Math.Min(threads, tiles));
        if (parts == 1)
        {
            Tiles<TLanes, TVector>(layer, 0, tiles);
            return;
        }

        Parallel.For(0, parts, new ParallelOptions { MaxDegreeOfParallelism = parts }, part =>
            Tiles<TLanes, TVector>(layer, part * tiles / parts, (part + 1) * tiles / parts));
    }

    private static void Tiles<TLanes, TVector>(Layer layer, long from, long to)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        // Of a small last mini-batch, all values are kept.
        var kept = Math.Min(layer.Position.Clipped + 1, layer.Examples);
        var all = 2L * kept > layer.Examples;
        var registers = layer.Examples + (all ? layer.Examples : 2 * kept);
        var memory = (float*)NativeMemory.AlignedAlloc((nuint)registers * (nuint)TLanes.Count * sizeof(float), 64);
        try
        {
            var low = memory + ((long)layer.Examples * TLanes.Count);
            var high = low + ((long)kept * TLanes.Count);
            for (var tile = from; tile < to; tile++)
            {
                var first = tile * TLanes.Count;
                var count = (int)Math.Min(TLanes.Count, layer.Inputs - first);
                Pack(layer, first, count, memory, TLanes.Count);
                for (var output = 0L; output < layer.Outputs; output++)
                {
                    var errors = layer.Errors + (output * layer.Examples);
                    var sum = all
                        ? OfAll<TLanes, TVector>(layer, memory, errors, low)
                        : OfKept<TLanes, TVector>(layer, memory, errors, low, high, kept);
                    Write<TLanes, TVector>(sum, layer.Target + (output * layer.Inputs) + first, count);
                }
            }
        }
        finally
        {
            NativeMemory.AlignedFree(memory);
        }
    }

    // Copies a register of inputs of every example; after the last input come zeros.
    private static void Pack(Layer layer, long first, int count, float* target, int lanes)
    {
        for (var example = 0; example < layer.Examples; example++)
        {
            var to = new Span<float>(target + ((long)example * lanes), lanes);
            new ReadOnlySpan<float>(layer.X + (example * layer.Inputs) + first, count).CopyTo(to);
            to[count..].Clear();
        }
    }

    private static void Write<TLanes, TVector>(TVector sum, float* target, int count)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        if (count == TLanes.Count)
        {
            TLanes.Store(sum, target);
            return;
        }

        var rest = stackalloc float[16];
        TLanes.Store(sum, rest);
        new ReadOnlySpan<float>(rest, count).CopyTo(new Span<float>(target, count));
    }

    // The first examples fill what is kept of the smallest values, the next ones what is kept of the largest; every later one displaces a value.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static TVector OfKept<TLanes, TVector>(Layer layer, float* inputs, float* errors, float* low, float* high, int kept)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        Extremes<TLanes, TVector>.Fill(low, kept, float.PositiveInfinity);
        Extremes<TLanes, TVector>.Fill(high, kept, float.NegativeInfinity);
        TVector sum = TLanes.All(0), check = TLanes.All(0);
        for (var example = 0; example < layer.Examples; example++, inputs += TLanes.Count)
        {
            var value = TLanes.Multiply(TLanes.Load(inputs), TLanes.All(errors[example]));
            check = TLanes.Add(check, value);
            value = Extremes<TLanes, TVector>.Smallest(low, kept, value);
            if (example >= kept)
            {
                value = Extremes<TLanes, TVector>.Largest(high, kept, value);
                sum = example >= 2 * kept ? TLanes.Add(sum, value) : sum;
            }
        }

        // Register i of these is the i-th smallest or largest value; the last one is not clipped.
        var (lowest, next) = (TLanes.Load(low + ((kept - 1) * TLanes.Count)), TLanes.Load(low + ((kept - 2) * TLanes.Count)));
        var (highest, previous) = (TLanes.Load(high + ((kept - 1) * TLanes.Count)), TLanes.Load(high + ((kept - 2) * TLanes.Count)));
        sum = TLanes.Add(sum, TLanes.Add(lowest, highest));
        sum = Clipped<TLanes, TVector>(layer.Position, sum, (next, lowest), (highest, previous));
        return TLanes.AnyNaN(check) ? Poison<TLanes, TVector>(layer, inputs - ((long)layer.Examples * TLanes.Count), errors, sum) : sum;
    }

    // Sorts all values.
    private static TVector OfAll<TLanes, TVector>(Layer layer, float* inputs, float* errors, float* sorted)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var (examples, clipped) = (layer.Examples, layer.Position.Clipped);
        Extremes<TLanes, TVector>.Fill(sorted, examples, float.PositiveInfinity);
        for (var example = 0; example < examples; example++)
        {
            Extremes<TLanes, TVector>.Smallest(
                sorted, examples, TLanes.Multiply(TLanes.Load(inputs + (example * TLanes.Count)), TLanes.All(errors[example])));
        }

        TVector At(int i) => TLanes.Load(sorted + (i * TLanes.Count));
        var sum = TLanes.All(0);
        for (var i = clipped; i < examples - clipped; i++)
        {
            sum = TLanes.Add(sum, At(i));
        }

        sum = Clipped<TLanes, TVector>(layer.Position, sum, (At(clipped - 1), At(clipped)), (At(examples - 1 - clipped), At(examples - clipped)));
        return Poison<TLanes, TVector>(layer, inputs, errors, sum);
    }

    // Adds the values at both percentiles, once for every value clipped.
    private static TVector Clipped<TLanes, TVector>(Winsorizing position, TVector sum, (TVector A, TVector B) low, (TVector A, TVector B) high)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        var ends = TLanes.Add(Between<TLanes, TVector>(low.A, low.B, position.Fraction), Between<TLanes, TVector>(high.A, high.B, 1 - position.Fraction));
        return TLanes.MultiplyAdd(TLanes.All(position.Clipped), ends, sum);
    }

    // As WinsorizedMean.
    private static TVector Between<TLanes, TVector>(TVector a, TVector b, double fraction)
        where TLanes : ILanes<TVector>
        where TVector : struct => fraction switch
        {
            0 => a,
            1 => b,
            >= 0.5 => TLanes.Subtract(b, TLanes.Multiply(TLanes.Subtract(b, a), TLanes.All((float)(1 - fraction)))),
            _ => TLanes.Add(a, TLanes.Multiply(TLanes.Subtract(b, a), TLanes.All((float)fraction))),
        };

    // Makes sums NaN that have a product that is.
    private static TVector Poison<TLanes, TVector>(Layer layer, float* inputs, float* errors, TVector sum)
        where TLanes : ILanes<TVector>
        where TVector : struct
    {
        for (var example = 0; example < layer.Examples; example++)
        {
            var value = TLanes.Multiply(TLanes.Load(inputs + (example * TLanes.Count)), TLanes.All(errors[example]));
            sum = TLanes.NaNWhere(sum, value, value);
        }

        return sum;
    }

    // X is examples x inputs, Errors is outputs x examples, and Target, for the sums, is outputs x inputs.
    private readonly struct Layer(float* x, float* errors, float* target, int examples, long inputs, long outputs, Winsorizing position)
    {
        public readonly float* X = x;
        public readonly float* Errors = errors;
        public readonly float* Target = target;
        public readonly int Examples = examples;
        public readonly long Inputs = inputs;
        public readonly long Outputs = outputs;
        public readonly Winsorizing Position = position;
    }
}
