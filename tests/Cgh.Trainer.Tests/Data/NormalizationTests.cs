using System.Runtime.InteropServices;
using Cgh.Core.Numpy;
using Cgh.Trainer.Data;

namespace Cgh.Trainer.Tests.Data;

public sealed class NormalizationTests
{
    [Fact]
    public void Apply_EveryValueOfEveryChannel_DiffersFromTorchvisionByAtMostOneUlp()
    {
        var header = NpyFile.ReadHeader(Golden.PathOf("normalised.npy"));
        var expected = MemoryMarshal.Cast<byte, float>(File.ReadAllBytes(Golden.PathOf("normalised.npy")).AsSpan((int)header.DataOffset));
        var pixels = Enumerable.Range(0, 256).SelectMany(value => Enumerable.Repeat((byte)value, 3)).ToArray();
        var actual = new float[pixels.Length];

        Normalization.Apply(pixels, actual);

        Assert.Equal((NpyFile.Float32, 768), (header.Descriptor, expected.Length));
        for (var i = 0; i < actual.Length; i++)
        {
            Assert.InRange(actual[i], float.BitDecrement(expected[i]), float.BitIncrement(expected[i]));
        }
    }
}
