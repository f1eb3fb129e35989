using System.Diagnostics;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.Numpy;
using Cgh.Tests;
using Xunit;

namespace Cgh.Core.Tests;

/// <summary>Reading matrices and labels from user-supplied files.</summary>
public sealed class LabelFilesTests : IDisposable
{
    private static readonly string[] s_classes = ["ant", "bee", "cat"];

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(3)]
    [InlineData(12)]
    public void LoadMatrix_CsvAndColumnMajorNpy_AreEqual(int classes)
    {
        var csv = TransitionMatrix.Load(Golden.PathOf("noise", $"matrix-{classes}.csv"), classes);
        var npy = TransitionMatrix.Load(Golden.PathOf("noise", $"matrix-{classes}.npy"), classes);

        Assert.Equal(csv.Sha256, npy.Sha256);
    }

    [Fact]
    public void SaveMatrix_ThenLoad_RoundTrips()
    {
        var matrix = TransitionMatrix.Load(Golden.PathOf("noise", "matrix-3.csv"));

        matrix.Save(_folder["saved.npy"]);

        Assert.Equal(matrix.Sha256, TransitionMatrix.Load(_folder["saved.npy"], 3).Sha256);
    }

    [Theory]
    [InlineData(0.0, 1)]
    [InlineData(0.249, 1)]
    [InlineData(0.25, 3)]
    [InlineData(0.999999999999, 3)]
    public void Draw_ClassesWithProbabilityZero_AreNeverDrawn(double value, long expected)
    {
        var matrix = TransitionMatrix.Load(WriteFile("m.csv", "0, 0.25, 0, 0.75, 0\n0,1,0,0,0\n0,0,1,0,0\n0,0,0,1,0\n0,0,0,0,1\n"));

        Assert.Equal(expected, matrix.Draw(0, value));
    }

    [Theory]
    [InlineData("1,0\n0.5,0.4\n0,0\n", "row 0 has 2 entries, but the matrix has 3 rows: it must be square. Rows and columns count from 0.")]
    [InlineData("1,0\n0.5,0.4\n", "row 1 sums to 0.9, but its probabilities must sum to 1. Rows and columns count from 0.")]
    [InlineData("0.999998,0\n0,1\n", "row 0 sums to 0.999998, but its probabilities must sum to 1. Rows and columns count from 0.")]
    [InlineData("1,0\n-0.5,1.5\n", "row 1 has -0.5 in column 0: a probability must be a number of at least 0. Rows and columns count from 0.")]
    [InlineData("1,0\nNaN,1\n", "row 1 has NaN in column 0: a probability must be a number of at least 0. Rows and columns count from 0.")]
    [InlineData(
        "1,0\n0,one\n",
        "row 1 has 'one' in column 1, which is not a number. Use comma-separated numbers with a decimal point. Rows and columns count from 0.")]
    public void LoadMatrix_InvalidRow_NamesTheRowAndTheReason(string text, string expected)
    {
        var path = WriteFile("m.csv", text);

        var error = Assert.Throws<UserErrorException>(() => TransitionMatrix.Load(path));

        Assert.Equal($"{path}: {expected}", error.Message);
    }

    [Fact]
    public void LoadMatrix_RowSumWithinTolerance_IsAccepted() =>
        Assert.Equal(1, TransitionMatrix.Load(WriteFile("m.csv", "0,0.9999991\n0.5,0.5\n"), 2).Draw(0, 0.9999999));

    [Fact]
    public void LoadMatrix_EmptyMissingOrWrongSize_NamesTheRemedy()
    {
        Assert.EndsWith(
            "is empty. Write one row of probabilities per class.",
            Assert.Throws<UserErrorException>(() => TransitionMatrix.Load(WriteFile("m.csv", "\n"))).Message,
            StringComparison.Ordinal);
        Assert.StartsWith(
            $"Cannot read the matrix {_folder["none.csv"]}: ",
            Assert.Throws<UserErrorException>(() => TransitionMatrix.Load(_folder["none.csv"])).Message,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "is a 2 x 2 matrix, but the dataset has 5 classes. Use a 5 x 5 matrix.",
            Assert.Throws<UserErrorException>(() => TransitionMatrix.Load(WriteFile("m.csv", "1,0\n0,1\n"), 5)).Message,
            StringComparison.Ordinal);
        Assert.EndsWith(
            "; expected a float64 matrix. Save a float64 matrix with numpy.save.",
            Assert.Throws<UserErrorException>(() => TransitionMatrix.Load(Golden.PathOf("npy", "int64.npy"))).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ant\nbee\nbea\n", 3, ", line 3: 'bea' is not a class name. Did you mean 'bee'? The first line is a class name, so every line must be one.")]
    [InlineData("0\n1\n3\n", 3, ", line 3: '3' is not a class. Use class indices from 0 to 2, or class names in every line.")]
    [InlineData("0\n-1\n", 2, ", line 2: '-1' is not a class. Use class indices from 0 to 2, or class names in every line.")]
    [InlineData("0\n\n1\n", 3, ", line 2: '' is not a class. Use class indices from 0 to 2, or class names in every line.")]
    [InlineData("0\nbee\n", 2, ", line 2: 'bee' is not a class. Use class indices from 0 to 2, or class names in every line.")]
    [InlineData("0\n1\n", 3, " has 2 labels for 3 training images: line 3 is missing (counting from 1). Write one label per training image, in order.")]
    [InlineData(
        "0\n1\n2\n0\n",
        2,
        " has 4 labels for 2 training images: line 3 is one too many (counting from 1). Write one label per training image, in order.")]
    [InlineData("", 2, " is empty or not a regular file. Use a regular file with content.")]
    public void ReadLabels_InvalidText_NamesTheFirstInvalidLine(string text, int count, string expected)
    {
        var path = WriteFile("labels.txt", text);

        var error = Assert.Throws<UserErrorException>(() => LabelFile.Read(path, s_classes, count, NoFiles));

        Assert.Equal(path + expected, error.Message);
    }

    [Theory]
    [InlineData(new long[] { 0, 2, 3, 9 }, 4, " has label 3 in row 2 (counting from 0); the dataset's classes are 0 to 2.")]
    [InlineData(
        new long[] { 0, 2 },
        4,
        " has 2 labels for 4 training images: row 2 is missing (counting from 0). Write one label per training image, in order.")]
    [InlineData(
        new long[] { 0, 2, 1 },
        2,
        " has 3 labels for 2 training images: row 2 is one too many (counting from 0). Write one label per training image, in order.")]
    public void ReadLabels_InvalidNpy_NamesTheFirstInvalidRow(long[] labels, int count, string expected)
    {
        NpyFile.WriteInt64(_folder["labels.npy"], labels);

        var error = Assert.Throws<UserErrorException>(() => LabelFile.Read(_folder["labels.npy"], s_classes, count, NoFiles));

        Assert.Equal(_folder["labels.npy"] + expected, error.Message);
    }

    [Theory]
    [InlineData("labels.npy", " is empty or not a regular file. Save a one-dimensional array of integers with numpy.save.")]
    [InlineData("labels.txt", " is empty or not a regular file. Use a regular file with content.")]
    public void ReadLabels_LinkToAPipe_IsRejectedWithoutBlocking(string name, string expected)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Named pipes are files only on Unix.");
        using (var mkfifo = Process.Start("mkfifo", _folder["pipe"]))
        {
            mkfifo.WaitForExit();
        }

        File.CreateSymbolicLink(_folder[name], _folder["pipe"]);

        var error = Assert.Throws<UserErrorException>(() => LabelFile.Read(_folder[name], s_classes, 2, NoFiles));

        Assert.Equal(_folder[name] + expected, error.Message);
    }

    [Theory]
    [InlineData("0\r\n2\r\n1\r\n")]
    [InlineData("0\r2\r1")]
    [InlineData("\ufeff0\n 2 \n1")]
    public void ReadLabels_AnyLineEndingOrByteOrderMark_IsAccepted(string text) =>
        Assert.Equal([0L, 2, 1], LabelFile.Read(WriteFile("labels.txt", text), s_classes, 3, NoFiles));

    [Fact]
    public void ReadTextFiles_OneEndlessLine_IsRejectedWithoutReadingTheWholeFile()
    {
        using (var stream = File.Create(_folder["zeros"]))
        {
            stream.SetLength(256 << 20);
        }

        var before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Contains(
            "has a line of more than 16777216 characters",
            Assert.Throws<UserErrorException>(() => LabelFile.Read(_folder["zeros"], s_classes, 2, NoFiles)).Message,
            StringComparison.Ordinal);
        Assert.Contains(
            "has a line of more than 16777216 characters",
            Assert.Throws<UserErrorException>(() => TransitionMatrix.Load(_folder["zeros"])).Message,
            StringComparison.Ordinal);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200 << 20);
    }

    [Fact]
    public void ReadLabels_NumericClassNames_AreReadAsNamesIfTheFirstLineIsOne() =>
        Assert.Equal([1L, 0, 2], LabelFile.Read(WriteFile("labels.txt", "10\n1\n2\n"), ["1", "10", "2"], 3, NoFiles));

    [Theory]
    [InlineData("|u1")]
    [InlineData("|i1")]
    [InlineData("<i2")]
    [InlineData(">u2")]
    [InlineData(">i4")]
    [InlineData("<u4")]
    [InlineData("<i8")]
    [InlineData(">i8")]
    [InlineData(">u8")]
    public void ReadLabels_NpyOfAnyIntegerTypeAndVersion_AreTheLabels(string type)
    {
        foreach (var version in new byte[] { 1, 2, 3 })
        {
            WriteNpy(type, version, [0, 2, 1]);

            Assert.Equal([0L, 2, 1], LabelFile.Read(_folder["labels.npy"], s_classes, 3, NoFiles));
            Assert.Equal([0, 2, 1], IndexFile.Read(_folder["labels.npy"], images: 3).Indices);
        }
    }

    [Theory]
    [InlineData("<f8", " holds <f8 of shape (1); expected a one-dimensional array of integers. Save a one-dimensional array of integers with numpy.save.")]
    [InlineData("<i4", " has label -1 in row 0 (counting from 0); the dataset's classes are 0 to 2.")]
    [InlineData("<u8", ": the value in row 0 (counting from 0) is above 9223372036854775807. Save a one-dimensional array of integers with numpy.save.")]
    public void ReadLabels_NpyOfOtherValues_AreRefused(string type, string expected)
    {
        WriteNpy(type, 1, [-1]);

        Assert.Equal(
            _folder["labels.npy"] + expected,
            Assert.Throws<UserErrorException>(() => LabelFile.Read(_folder["labels.npy"], s_classes, 1, NoFiles)).Message);
    }

    // A version 2.0 header of 4 GB.
    [Fact]
    public void ReadLabels_NpyWithAHugeHeader_AreRefusedWithoutAllocatingIt()
    {
        File.WriteAllBytes(_folder["labels.npy"], [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y', 2, 0, 0xff, 0xff, 0xff, 0xff, 0, 0]);

        Assert.Equal(
            $"{_folder["labels.npy"]} has an unsupported .npy header. Save a one-dimensional array of integers with numpy.save.",
            Assert.Throws<UserErrorException>(() => LabelFile.Read(_folder["labels.npy"], s_classes, 1, NoFiles)).Message);
    }

    [Theory]
    [InlineData("file,label\ntrain/b/2.jpg,cat\ntrain/a/1.jpg,ant\ntrain/a/2.jpg,bee\n")]
    [InlineData("id;Label;File\n1;1;a/2.jpg\n2;0;1.jpg\n3;2;b/2.jpg\n4;2;val/a/9.jpg\n")]
    [InlineData("file\tlabel\r\n1.jpg\t0\r\n\r\n1.jpg\t0\r\na\\2.jpg\t1\r\nb/2.jpg\t2")]
    public void ReadLabels_TableOfFiles_AreMatchedByName(string text)
    {
        string[] files = ["train/a/1.jpg", "train/a/2.jpg", "train/b/2.jpg"];

        Assert.Equal([0L, 1, 2], LabelFile.Read(WriteFile("labels.csv", text), s_classes, 3, () => files));
    }

    [Fact]
    public void ReadLabels_TableWithQuotedNames_AreMatchedByName()
    {
        string[] files = ["a/1, \"x\".jpg", "a/2.jpg"];
        var text = "file,label\n" + string.Concat(files.Select((file, label) => $"{CsvField.Quoted(file)},{label}\n"));

        Assert.Equal([0L, 1], LabelFile.Read(WriteFile("labels.csv", text), s_classes, 2, () => files));
    }

    [Theory]
    [InlineData("a/1.jpg,0\n", " has no label for 2 of 3 training images; the first is a/2.jpg. Add a line for each.")]
    [InlineData("a/1.jpg,0\na/1.jpg,1\n", " has two labels for a/1.jpg, in lines 2 and 3. Remove one.")]
    [InlineData("2.jpg,0\n", ", line 2: 2.jpg can be a/2.jpg or b/2.jpg. Write its name as train/files.txt has it.")]
    [InlineData("a/1.jpg\n", ", line 2 has 1 of 2 columns. Each line needs a file and its label.")]
    [InlineData("a/1.jpg,4\n", ", line 2: '4' is not a class. Use class indices from 0 to 2, or class names in every line.")]
    public void ReadLabels_TableThatDoesNotFit_NamesTheLine(string rows, string expected)
    {
        string[] files = ["a/1.jpg", "a/2.jpg", "b/2.jpg"];
        var path = WriteFile("labels.csv", "file,label\n" + rows);

        Assert.Equal(path + expected, Assert.Throws<UserErrorException>(() => LabelFile.Read(path, s_classes, 3, () => files)).Message);
    }

    public void Dispose() => _folder.Dispose();

    private string WriteFile(string name, string text)
    {
        File.WriteAllText(_folder[name], text);
        return _folder[name];
    }

    // Values as int64 fill the type with their lowest bytes.
    private void WriteNpy(string type, byte version, long[] values)
    {
        var size = type[2] - '0';
        var header = NpyFile.MakeHeader(type, values.Length);
        byte[] start = [.. header[..6], version, 0, .. version == 1 ? header[8..10] : [header[8], header[9], 0, 0]];
        var data = values.SelectMany(value =>
        {
            var bytes = new byte[8];
            System.Buffers.Binary.BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
            return type[0] == '>' ? bytes[..size].Reverse() : bytes[..size];
        });
        File.WriteAllBytes(_folder["labels.npy"], [.. start, .. header[10..], .. data]);
    }

    private static string[] NoFiles() => throw new InvalidOperationException("Only tables name files.");
}
