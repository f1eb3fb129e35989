using System.Buffers.Binary;
using System.Globalization;
using Cgh.Core.Datasets;
using Cgh.Core.Numpy;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

public sealed class IndexFileTests : IDisposable
{
    private const int Images = 100;

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("5\n0\n99\n")]
    [InlineData("\n5\r\n0\r\n\r\n99")]
    [InlineData("\uFEFFindex\n5\n0\n99\n")]
    [InlineData("class,index,margin\ncat,5,0.1\n\"dog, wild\",0,-2\nbird,99,1e3\n")]
    [InlineData("Index;class\n5;cat\n 0 ;dog\n99;\"a;b\"\n")]
    [InlineData("a\tindex\nx\t5\nx\t0\nx\t99\n")]
    public void Read_TextOrTable_ReturnsTheIndicesInTheirOrder(string text) => Assert.Equal([5, 0, 99], Read(text).Indices);

    [Theory]
    [InlineData("|i1", 1)]
    [InlineData("|u1", 1)]
    [InlineData("<i2", 2)]
    [InlineData(">u2", 2)]
    [InlineData("<u4", 4)]
    [InlineData(">i4", 4)]
    [InlineData("<i8", 8)]
    [InlineData("<u8", 8)]
    public void Read_NpyOfAnyIntegerType_ReturnsTheIndices(string type, int size) => Assert.Equal([5, 0, 99], ReadNpy(type, size, 5, 0, 99).Indices);

    [Theory]
    [InlineData("", " is empty or not a regular file. Use a regular file with content.")]
    [InlineData("index\n", ": there are no indices. A subset needs at least one training image, and one test image if it has its own.")]
    [InlineData("1\n-2\n", ": index -2 in line 2 is out of range: the dataset's training images are 0 to 99. ")]
    [InlineData("index\n\n100\n", ": index 100 in line 3 is out of range: the dataset's training images are 0 to 99. ")]
    [InlineData("99999999999\n", ": index 99999999999 in line 1 is out of range: ")]
    [InlineData("index\n3\n4\n3\n", ": index 3 in line 4 is also in line 2. Remove one of them.")]
    [InlineData("3\n1.5\n", ", line 2: '1.5' is not an index. Write one integer a line, or a table with a column 'index'.")]
    [InlineData("index,a\n3,1\n4\n,5\n", ", line 4: '' is not an index. ")]
    [InlineData("number,class\n3,cat\n", ", line 1: 'number,class' is neither an index nor a header with a column 'index'. ")]
    public void Read_InvalidText_NamesIndexAndLine(string text, string expected)
    {
        var error = Assert.Throws<UserErrorException>(() => Read(text));

        Assert.StartsWith(_folder["indices.csv"] + expected, error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', error.Message);
    }

    [Fact]
    public void Read_InvalidNpy_NamesIndexAndRow()
    {
        Assert.Contains(
            ": index -3 in row 1 (counting from 0) is out of range",
            Assert.Throws<UserErrorException>(() => ReadNpy("<i2", 2, 1, -3)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            ": index 7 in row 2 (counting from 0) is also in row 0 (counting from 0)",
            Assert.Throws<UserErrorException>(() => ReadNpy("<i8", 8, 7, 1, 7)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "the value in row 0 (counting from 0) is above", Assert.Throws<UserErrorException>(() => ReadNpy("<u8", 8, -1)).Message, StringComparison.Ordinal);
        Assert.Contains(
            "holds <f4 of shape (1); expected a one-dimensional array of integers. Save a one-dimensional array of integers with numpy.save.",
            Assert.Throws<UserErrorException>(() => ReadNpy("<f4", 4, 1)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Read_MissingFile_NamesIt() => Assert.StartsWith(
        $"Cannot read the indices {_folder["none.txt"]}: ",
        Assert.Throws<UserErrorException>(() => IndexFile.Read(_folder["none.txt"], Images)).Message,
        StringComparison.Ordinal);

    [Fact]
    public void CheckDisjoint_IndexInBothFiles_NamesBothPlaces()
    {
        File.WriteAllText(_folder["test.txt"], "4\n7\n");

        var error = Assert.Throws<UserErrorException>(
            () => SubsetIndices.CheckDisjoint(Read("index\n7\n8\n"), IndexFile.Read(_folder["test.txt"], Images)));

        Assert.Equal(
            $"{_folder["test.txt"]}: index 7 in line 2 is also in line 2 of {_folder["indices.csv"]}. Remove it from one of the two.", error.Message);
    }

    private IndexFile Read(string text)
    {
        File.WriteAllText(_folder["indices.csv"], text);
        return IndexFile.Read(_folder["indices.csv"], Images);
    }

    private IndexFile ReadNpy(string type, int size, params long[] values)
    {
        var bytes = new byte[values.Length * size];
        for (var i = 0; i < values.Length; i++)
        {
            var value = new byte[8];
            BinaryPrimitives.WriteInt64LittleEndian(value, values[i]);
            var part = value.AsSpan(0, size);
            if (type[0] == '>')
            {
                part.Reverse();
            }

            part.CopyTo(bytes.AsSpan(i * size));
        }

        var path = _folder[string.Create(CultureInfo.InvariantCulture, $"indices-{values.Length}.npy")];
        File.WriteAllBytes(path, [.. NpyFile.MakeHeader(type, values.Length), .. bytes]);
        return IndexFile.Read(path, Images);
    }
}
