using Cgh.Trainer.Tests.Support;
using Cgh.Trainer.UpdateRules;
using Cgh.Trainer.UpdateRules.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.UpdateRules;

public sealed class KernelTests
{
    private const double Rate = 0.1;

    // What a kernel may not touch, before and after its vectors.
    private const float Guard = 12345.678f;

    // Around every register's size, and its multiples with a tail.
    private static readonly int[] s_lengths = [1, 2, 3, 4, 5, 7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 63, 64, 65, 100, 1003];

    private static readonly float[][] s_triples = Plain.NastyTriples(random: 300);

    // All widths run on every processor: where a register is missing, .NET takes two narrower ones.
    public static TheoryData<int, string> Cases => new(
        from width in Enum.GetValues<KernelWidth>()
        from kernel in Kernel.All
        select ((int)width, kernel.Name));

    [Theory]
    [MemberData(nameof(Cases))]
    public void Kernel_EveryWidthAndLength_IsThePlainFormulaBitForBit(int width, string name)
    {
        var kernel = Kernel.Named(name);
        foreach (var length in s_lengths)
        {
            foreach (var offset in new[] { 0, 1, 5 })
            {
                using var data = new Vectors(length, offset);
                var expected = data.Coordinates().Select(kernel.Plain).ToArray();

                kernel.Run(new CpuUpdates(1, (KernelWidth)width), data);

                var actual = data.Coordinates();
                for (var i = 0; i < length; i++)
                {
                    AssertSame(expected[i], actual[i], $"{name}, {width} bits, coordinate {i} of {length} from {offset}");
                }

                data.AssertGuards();
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Kernel_NastyValues_IsWhatTorchGives(int width, string name)
    {
        var kernel = Kernel.Named(name);
        using var ours = new Vectors(s_triples.Length, 0);
        using var torch = new Vectors(s_triples.Length, 0);

        kernel.Run(new CpuUpdates(1, (KernelWidth)width), ours);
        kernel.Torch(torch);

        var (all, wanted) = (ours.Coordinates(), torch.Coordinates());
        for (var i = 0; i < s_triples.Length; i++)
        {
            // Which of -0 and +0 is the smaller differs between Torch's own registers and tails: numbers here, not bits.
            var (actual, expected) = (all[i], wanted[i]);
            Assert.True(expected.Equals(actual), $"{name}, {width} bits, triple {string.Join(", ", s_triples[i])}: {actual}, Torch has {expected}");
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Kernel_SharedByThreads_GivesTheSameBits(int width, string name)
    {
        var kernel = Kernel.Named(name);
        using var one = new Vectors(Vectors.Longest, 0);
        using var three = new Vectors(Vectors.Longest, 0);

        var finite = kernel.Run(new CpuUpdates(1, (KernelWidth)width), one);

        Assert.Equal(finite, kernel.Run(new CpuUpdates(3, (KernelWidth)width), three));
        for (var vector = 0; vector < Vectors.Count; vector++)
        {
            Assert.Equal(one.Bits(vector), three.Bits(vector));
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Kernel_AWeightThatIsNotFinite_IsToldAtEveryPlace(int width, string name)
    {
        var kernel = Kernel.Named(name);
        var updates = new CpuUpdates(1, (KernelWidth)width);
        foreach (var bad in new[] { float.NaN, float.PositiveInfinity, float.NegativeInfinity })
        {
            for (var place = 0; place < 37; place++)
            {
                using var data = new Vectors(37, 0, tame: true);
                Assert.True(kernel.Run(updates, data));

                data.SetWeight(place, bad);

                Assert.False(kernel.Run(updates, data));
                var weights = data.Coordinates().Select(coordinate => coordinate.Weight).ToArray();
                Assert.Equal([place], Enumerable.Range(0, weights.Length).Where(i => !float.IsFinite(weights[i])));
            }
        }
    }

    [Fact]
    public void Median_NastyValues_IsTheMiddleOneOfTheThreeInItsBits()
    {
        foreach (var triple in s_triples)
        {
            var median = MedianEstimate.Of<Lanes1, float>(triple[0], triple[1], triple[2]);

            if (triple.Any(float.IsNaN))
            {
                Assert.True(float.IsNaN(median), $"median of {string.Join(", ", triple)} is {median}");
                continue;
            }

            Assert.Equal(triple.Order().ElementAt(1), median);
            Assert.Contains(BitConverter.SingleToInt32Bits(median), triple.Select(BitConverter.SingleToInt32Bits));
        }
    }

    private static void AssertSame(Coordinate expected, Coordinate actual, string where)
    {
        for (var vector = 0; vector < Vectors.Count; vector++)
        {
            var (wanted, got) = (expected[vector], actual[vector]);
            Assert.True(
                float.IsNaN(wanted) ? float.IsNaN(got) : BitConverter.SingleToInt32Bits(wanted) == BitConverter.SingleToInt32Bits(got),
                $"{where}, vector {vector}: {got} where {wanted} is expected");
        }
    }

    /// <summary>One coordinate of all vectors.</summary>
    private readonly record struct Coordinate(float Weight, float A, float B, float C)
    {
        public float this[int vector] => vector switch { 0 => Weight, 1 => A, 2 => B, _ => C };
    }

    /// <summary>Weights and three vectors, each between guards.</summary>
    private sealed class Vectors : IDisposable
    {
        public const int Count = 4;

        // Three threads' parts and a tail.
        public const int Longest = (3 << 17) + 21;

        private static readonly float[][] s_nasty = Values(tame: false);
        private static readonly float[][] s_tame = Values(tame: true);

        private readonly DisposeScope _scope = NewDisposeScope();
        private readonly Tensor[] _memory;
        private readonly int _offset;

        public Vectors(int length, int offset, bool tame = false)
        {
            _offset = offset;
            _memory = [.. (tame ? s_tame : s_nasty).Select(values => tensor([.. Enumerable.Repeat(Guard, offset), .. values.AsSpan(0, length), Guard]))];
            All = [.. _memory.Select(memory => memory.narrow(0, offset, length))];
        }

        public Tensor[] All { get; }

        public Coordinate[] Coordinates()
        {
            var values = All.Select(Plain.Values).ToArray();
            return [.. Enumerable.Range(0, values[0].Length).Select(i => new Coordinate(values[0][i], values[1][i], values[2][i], values[3][i]))];
        }

        public int[] Bits(int vector) => [.. Plain.Values(All[vector]).Select(BitConverter.SingleToInt32Bits)];

        public void SetWeight(int place, float value) => All[0][place] = value;

        public void AssertGuards()
        {
            foreach (var memory in _memory)
            {
                var values = Plain.Values(memory);
                Assert.All(values[.._offset], value => Assert.Equal(Guard, value));
                Assert.Equal(Guard, values[^1]);
            }
        }

        public void Dispose() => _scope.Dispose();

        private static float[][] Values(bool tame) =>
            [.. Enumerable.Range(0, Count).Select(vector => Enumerable.Range(0, Longest).Select(i => Value(vector, i, tame)).ToArray())];

        private static float Value(int vector, int i, bool tame) =>
            vector == 0 ? 0.5f - (0.37f * i % 3)
            : tame ? (0.1f * vector) - (0.01f * i)
            : s_triples[(i * 37) % s_triples.Length][vector - 1];
    }

    /// <summary>A kernel, what it does to a coordinate in plain C#, and the same in Torch's operations.</summary>
    private sealed record Kernel(string Name, Func<CpuUpdates, Vectors, bool> Run, Func<Coordinate, Coordinate> Plain, Action<Vectors> Torch)
    {
        public static Kernel[] All { get; } =
        [
            .. new[] { 0, 0.01 }.SelectMany(decay => new[] { Sgd(decay), Momentum(decay) }),
            .. new[] { 0, 0.01 }.SelectMany(decay => new[]
            {
                Window<MedianEstimate>("rm3", decay, Middle, Median.OfThree),
                Window<MeanEstimate>("ra3", decay, (a, b, c) => (a + b + c) / 3, (a, b, c) => a.add(b).add_(c).div_(3)),
                Groups<MedianEstimate>("m3", decay, Middle, Median.OfThree),
                Groups<AuthorsMedianEstimate>(
                    "m3 by the authors",
                    decay,
                    Authors,
                    (a, b, c) => a.add(b).add_(c).sub_(a.minimum(b).minimum(c)).sub_(a.maximum(b).maximum(c))),
            }),
            new Kernel(
                "decay",
                (updates, x) => updates.Decay(x.All[0], x.All[3], 0.01),
                x => x with { C = MathF.FusedMultiplyAdd(x.Weight, 0.01f, x.C) },
                x => x.All[3].add_(x.All[0], 0.01)),
        ];

        public static Kernel Named(string name) => All.Single(kernel => kernel.Name == name);

        private static Kernel Sgd(double decay) => new(
            $"sgd, decay {decay}",
            (updates, x) => updates.Sgd(x.All[0], x.All[1], null, Rate, 0, decay),
            x => x with { Weight = Moved(x.Weight, Decayed(x.Weight, x.A, decay)) },
            x => x.All[0].add_(Decayed(x.All[0], x.All[1], decay), -Rate));

        private static Kernel Momentum(double decay) => new(
            $"sgd with momentum, decay {decay}",
            (updates, x) => updates.Sgd(x.All[0], x.All[1], x.All[2], Rate, 0.9, decay),
            x =>
            {
                var velocity = (x.B * 0.9f) + Decayed(x.Weight, x.A, decay);
                return x with { Weight = Moved(x.Weight, velocity), B = velocity };
            },
            x => x.All[0].add_(x.All[2].mul_(0.9).add_(Decayed(x.All[0], x.All[1], decay)), -Rate));

        private static Kernel Window<TEstimate>(
            string name,
            double decay,
            Func<float, float, float, float> estimate,
            Func<Tensor, Tensor, Tensor, Tensor> torch)
            where TEstimate : IEstimate => new(
                $"{name}, decay {decay}",
                (updates, x) => updates.Window<TEstimate>(x.All[0], x.All[1], x.All[2], x.All[3], Rate, decay),
                x =>
                {
                    var newest = Decayed(x.Weight, x.C, decay);
                    return x with { Weight = Moved(x.Weight, estimate(x.A, x.B, newest)), C = newest };
                },
                x =>
                {
                    x.All[3].copy_(Decayed(x.All[0], x.All[3], decay));
                    x.All[0].add_(torch(x.All[1], x.All[2], x.All[3]), -Rate);
                });

        private static Kernel Groups<TEstimate>(
            string name,
            double decay,
            Func<float, float, float, float> estimate,
            Func<Tensor, Tensor, Tensor, Tensor> torch)
            where TEstimate : IEstimate => new(
                $"{name}, decay {decay}",
                (updates, x) => updates.Groups<TEstimate>(x.All[0], x.All[1], x.All[2], x.All[3], Rate, decay),
                x => x with { Weight = Moved(x.Weight, estimate(Decayed(x.Weight, x.A, decay), Decayed(x.Weight, x.B, decay), Decayed(x.Weight, x.C, decay))) },
                x => x.All[0].add_(torch(Decayed(x.All[0], x.All[1], decay), Decayed(x.All[0], x.All[2], decay), Decayed(x.All[0], x.All[3], decay)), -Rate));

        private static float Moved(float weight, float step) => MathF.FusedMultiplyAdd(step, (float)-Rate, weight);

        private static float Decayed(float weight, float gradient, double decay) =>
            decay == 0 ? gradient : MathF.FusedMultiplyAdd(weight, (float)decay, gradient);

        private static Tensor Decayed(Tensor weights, Tensor gradient, double decay) => decay == 0 ? gradient : gradient.add(weights, decay);

        private static float Middle(float a, float b, float c) => float.IsNaN(a) || float.IsNaN(b) || float.IsNaN(c)
            ? float.NaN
            : float.MaxNative(float.MinNative(a, b), float.MinNative(float.MaxNative(a, b), c));

        private static float Authors(float a, float b, float c) =>
            a + b + c - float.MinNative(float.MinNative(a, b), c) - float.MaxNative(float.MaxNative(a, b), c);
    }
}
