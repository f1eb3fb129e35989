using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Cgh.Trainer.Data;
using Cgh.Trainer.UpdateRules.Kernels;
using static TorchSharp.torch;

namespace Cgh.Trainer.Tests.Support;

/// <summary>Hashes of the results of this process's vector code, to compare processes with each other.</summary>
/// <param name="Registers">Register widths that .NET uses in this process.</param>
/// <param name="Hashes">Hashes by kernel name.</param>
internal sealed record KernelBits(int[] Registers, SortedDictionary<string, string> Hashes)
{
    private const double Rate = 0.1;
    private const int Vectors = 1 + 9;

    private static readonly (int Window, int Trim)[] s_trimmed =
        [.. from window in new[] { 5, 7, 9 } from trim in Enumerable.Range(0, (window + 1) / 2) select (window, trim)];

    private static readonly float[][] s_values = Values();

    private delegate bool Kernel(CpuUpdates updates, Tensor[] vectors);

    /// <summary>Computes the hashes of all kernels with registers of <paramref name="width"/>, and of the normalization of pixels.</summary>
    public static KernelBits Of(KernelWidth width)
    {
        var hashes = new SortedDictionary<string, string>(StringComparer.Ordinal) { ["normalisation"] = Hash([Normalised()]) };
        foreach (var decay in new[] { 0, 0.01 })
        {
            foreach (var (name, kernel) in Kernels(decay))
            {
                using var scope = NewDisposeScope();
                var vectors = s_values.Select(values => tensor(values)).ToArray();
                var finite = kernel(new CpuUpdates(1, width), vectors);
                hashes.Add($"{name}, decay {decay}", $"{finite} {Hash(vectors.Select(Plain.Values))}");
            }
        }

        return new KernelBits(InstructionSets.Registers, hashes);
    }

    private static IEnumerable<(string Name, Kernel Kernel)> Kernels(double decay)
    {
        yield return ("sgd", (updates, x) => updates.Sgd(x[0], x[1], null, Rate, 0, decay));
        yield return ("sgd with momentum", (updates, x) => updates.Sgd(x[0], x[1], x[2], Rate, 0.9, decay));
        yield return ("rm3", (updates, x) => updates.Window<MedianEstimate>(x[0], x[1], x[2], x[3], Rate, decay));
        yield return ("ra3", (updates, x) => updates.Window<MeanEstimate>(x[0], x[1], x[2], x[3], Rate, decay));
        yield return ("m3", (updates, x) => updates.Groups<MedianEstimate>(x[0], x[1], x[2], x[3], Rate, decay));
        yield return ("m3 by the authors", (updates, x) => updates.Groups<AuthorsMedianEstimate>(x[0], x[1], x[2], x[3], Rate, decay));
        yield return ("decay", (updates, x) => updates.Decay(x[0], x[1], decay));
        foreach (var (window, trim) in s_trimmed)
        {
            yield return ($"trimmed:{window}:{trim}", (updates, x) => updates.Trimmed(x[0], x[1..(1 + window)], trim, Rate, decay));
        }
    }

    // The first three gradients contain every triple, the others permutations of them. Weights have both signs and all magnitudes.
    private static float[][] Values()
    {
        var triples = Plain.NastyTriples(random: 300);
        var gradients = Enumerable.Range(0, Vectors - 1)
            .Select(vector => triples.Select((_, i) => triples[(i + (vector / 3 * 1009)) % triples.Length][vector % 3]).ToArray());
        return [[.. triples.Select((_, i) => 0.5f - (0.37f * i % 3))], .. gradients];
    }

    private static float[] Normalised()
    {
        var pixels = Enumerable.Range(0, 256 * 3 * 3).Select(i => (byte)(i / 3)).ToArray();
        var values = new float[pixels.Length];
        Normalization.Apply(pixels, values);
        return values;
    }

    // The payload of a NaN depends on the processor.
    private static string Hash(IEnumerable<float[]> vectors)
    {
        var bits = vectors.SelectMany(values => values).Select(value => float.IsNaN(value) ? float.NaN : value).ToArray();
        return Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<float>(bits)));
    }
}
