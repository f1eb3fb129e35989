using System.Diagnostics;
using Cgh.DataPrep.Sources.Archives;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Archives;

public sealed class MatFileTests
{
    [Theory]
    [InlineData("plain.mat")]
    [InlineData("compressed.mat")]
    public void Read_WrittenBySciPy_GivesTheSynsets(string name)
    {
        var variables = MatFile.Read(File.ReadAllBytes(Golden.PathOf("mat", name)));

        var fields = Assert.IsType<MatValue.Structures>(variables["synsets"]).Fields;
        Assert.Equal(["n01443537", "n02119789", "n00015388"], Texts(fields["WNID"]));
        Assert.Equal(["goldfish, Carassius auratus", "kit fox, Vulpes macrotis", "animal, animate being"], Texts(fields["words"]));
        Assert.Equal("a living organism, naïve", Texts(fields["gloss"])[2]);
        Assert.Equal([[2], [1], [3]], fields["ILSVRC2012_ID"].Select(Numbers));
        Assert.Equal([[0], [0], [2]], fields["num_children"].Select(Numbers));
        Assert.Equal([[], [], [1, 2]], fields["children"].Select(Numbers));
        Assert.Equal([[1300], [1300], [0]], fields["num_train_images"].Select(Numbers));
        Assert.Equal([-2, -1, 0, 1, 2], Numbers(variables["bytes"]));
        Assert.Equal([1.5, -2.5], Numbers(variables["singles"]));
        Assert.Equal([Math.Pow(2, 40), -1], Numbers(variables["longs"]));
        Assert.Equal([1], Numbers(variables["complex"]));
        Assert.Equal(typeof(MatValue), variables["cells"].GetType());
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public void Read_EitherByteOrder_GivesTheSame(bool bigEndian, bool compressed)
    {
        var mat = new MatBytes(bigEndian);

        var variables = MatFile.Read(mat.File(compressed, mat.Synsets([(7, "n01", "a, b", 0), (2, "n02", "größe", 3)]), mat.Numbers("x", 1.5, -2)));

        var fields = Assert.IsType<MatValue.Structures>(variables["synsets"]).Fields;
        Assert.Equal(["n01", "n02"], Texts(fields["WNID"]));
        Assert.Equal(["a, b", "größe"], Texts(fields["words"]));
        Assert.Equal([[7], [2]], fields["ILSVRC2012_ID"].Select(Numbers));
        Assert.Equal([1.5, -2], Numbers(variables["x"]));
    }

    [Fact]
    public void Read_CutShortAnywhere_IsDamaged()
    {
        var mat = new MatBytes();
        var file = mat.File(compressed: false, mat.Synsets([(1, "n01", "a", 0), (2, "n02", "b", 0)]));
        for (var length = 0; length < file.Length; length++)
        {
            if (length != 128)
            {
                Assert.Throws<ArchiveException>(() => { MatFile.Read(file[..length]); });
            }
        }

        // Without variables, but whole.
        Assert.Empty(MatFile.Read(file[..128]));
    }

    [Fact]
    public void Read_CompressedTwice_IsNoVariable()
    {
        var mat = new MatBytes();

        Assert.Empty(MatFile.Read(mat.File(compressed: true, mat.Compress(mat.Numbers("x", 1)))));
    }

    public static TheoryData<string, byte[], string> Hostile { get; } = MakeHostile();

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Read_Hostile_SaysWhyWithinItsBounds(string what, byte[] file, string expected)
    {
        Assert.NotEmpty(what);
        var (allocated, started) = (GC.GetAllocatedBytesForCurrentThread(), Stopwatch.GetTimestamp());

        var error = Assert.Throws<ArchiveException>(() => { MatFile.Read(file); });

        Assert.Equal(expected, error.Message);
        Assert.InRange(Stopwatch.GetElapsedTime(started).TotalSeconds, 0, 5);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - allocated, 0, 100 << 20);
    }

    private static TheoryData<string, byte[], string> MakeHostile()
    {
        var mat = new MatBytes();
        var nested = mat.Numbers("", 1);
        for (var depth = 0; depth < 10; depth++)
        {
            nested = mat.Structures("", ["f"], [[nested]]);
        }

        var zeros = mat.Compress(new byte[20 << 20]);
        var half = mat.Compress(mat.Matrix("x", 9, 1, 5 << 20, mat.Element(2, new byte[5 << 20])));
        return new()
        {
            { "text", new byte[200], "is not a MATLAB 5 file" },
            { "version 7.3", [.. "MATLAB 7.3 MAT-file"u8, .. new byte[200]], "is a MATLAB 7.3 file, which is not supported" },
            { "bomb", mat.File(compressed: false, zeros), "is refused: it has more than 8 MB when decompressed" },
            { "two halves", mat.File(compressed: false, half, half), "is refused: it has more than 8 MB" },
            { "nesting", mat.File(compressed: false, nested), "is refused: its structures are nested more than 8 deep" },
            { "many structures", mat.File(compressed: false, mat.Matrix("x", 2, int.MaxValue, int.MaxValue, Fields(mat))), "is damaged" },
            { "negative rows", mat.File(compressed: false, mat.Matrix("x", 6, -1, -1, mat.Element(9, new byte[8]))), "is damaged" },
            { "fewer numbers", mat.File(compressed: false, mat.Matrix("x", 6, 3, 1, mat.Element(9, new byte[16]))), "is damaged" },
            { "half a number", mat.File(compressed: false, mat.Matrix("x", 6, 1, 1, mat.Element(9, new byte[7]))), "is damaged" },
            { "unknown type", mat.File(compressed: false, mat.Matrix("x", 6, 1, 1, mat.Element(8, new byte[8]))), "is damaged" },
            {
                "zlib with a dictionary", mat.File(compressed: false, [15, 0, 0, 0, 8, 0, 0, 0, 0x78, 0xBB, 3, 4, 5, 6, 7, 8]),
                "is damaged: its compressed data is invalid"
            },
            { "zlib", mat.File(compressed: false, [15, 0, 0, 0, 8, 0, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8]), "is damaged: its compressed data is invalid" },
        };
    }

    private static byte[] Fields(MatBytes mat) => [.. mat.Element(5, [2, 0, 0, 0]), .. mat.Element(1, "a\0b\0"u8.ToArray())];

    private static double[] Numbers(MatValue value) => Assert.IsType<MatValue.Numbers>(value).Values;

    private static string[] Texts(IEnumerable<MatValue> values) => [.. values.Select(value => Assert.IsType<MatValue.Text>(value).Value)];
}
