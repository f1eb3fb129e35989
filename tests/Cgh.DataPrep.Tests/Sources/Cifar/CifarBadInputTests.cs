using System.Globalization;
using Cgh.Core;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Sources.Cifar;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Sources.Cifar;

/// <summary>Damaged and hostile files. Each is refused in one line, and nothing in a pickle is executed.</summary>
public sealed class CifarBadInputTests : IDisposable
{
    private const int ImageBytes = CifarBatch.ImageBytes;

    private readonly TemporaryFolder _folder = new();

    public static TheoryData<byte[], string> Pickles => new()
    {
        {
            new CifarPickleWriter().Global("os", "system").Text("touch hacked").Raw(0x85).Op('R').Bytes,
            "its pickle refers to os.system; only arrays of bytes are supported, and nothing is executed"
        },
        {
            new CifarPickleWriter().Global("numpy", "load").Text("x").Raw(0x85).Op('R').Bytes,
            "its pickle refers to numpy.load; only arrays of bytes are supported, and nothing is executed"
        },
        { new CifarPickleWriter().Op('(').Op('i').Raw("os\nsystem\n"u8).Bytes, "its pickle has the unsupported instruction 0x69" },
        { new CifarPickleWriter().Text("id").Op('Q').Bytes, "its pickle refers to data elsewhere" },
        { new CifarPickleWriter().Text("x").Text("y").Raw(0x85).Op('R').Bytes, "its pickle calls a value with invalid arguments" },
        {
            new CifarPickleWriter().Global("numpy", "dtype").Text("O8").Raw(0x85).Op('R').Bytes,
            "its pickle calls numpy.dtype with invalid arguments"
        },
        { new CifarPickleWriter().Op('}').Op('}').Op('b').Bytes, "its pickle sets attributes that arrays of bytes do not have" },
        { new CifarPickleWriter().Op(']').Bytes, "it is not a dictionary" },
        { Batch([1, 2], new byte[2 * ImageBytes], 2, ImageBytes, "data2"), "'data' is not an array of N x 3072 bytes" },
        { Batch([1, 2], new byte[2 * ImageBytes], 3, ImageBytes), "'data' is not an array of N x 3072 bytes" },
        { Batch([1, 2], new byte[2 * ImageBytes], -2, -ImageBytes), "'data' is not an array of N x 3072 bytes" },
        { Batch([1, 2], new byte[2 * 784], 2, 784), "'data' is not an array of N x 3072 bytes" },
        { Batch([1, 2], new byte[2 * ImageBytes], 2, ImageBytes)[..5000], "its pickle is truncated" },
        {
            CifarPickleWriter.Dictionary(("data", pickle => pickle.Array(new byte[ImageBytes], 1, ImageBytes)), ("labels", pickle => pickle.Text("1"))),
            "'labels' is not a list of integers"
        },
        {
            CifarPickleWriter.Dictionary(("data", pickle => pickle.Array(new byte[ImageBytes], 1, ImageBytes)), ("labels", pickle => pickle.Texts(["1"]))),
            "'labels' is not a list of integers"
        },
        { new CifarPickleWriter().Raw([.. Enumerable.Repeat((byte)'}', 2_100_000)]).Bytes, "its pickle has more than 2000000 instructions" },
    };

    [Theory]
    [MemberData(nameof(Pickles))]
    public void Read_PickleOfAnythingElse_IsRefusedByName(byte[] pickle, string reason)
    {
        var path = WithBatch("Python", "data_batch_2", pickle);

        AssertError(path, $"{Path.Combine(path, "data_batch_2")} is not one of CIFAR's files: {reason}.");
        Assert.False(File.Exists("hacked"));
    }

    [Theory]
    [InlineData(10)]
    [InlineData(-1)]
    public void Read_LabelOutside_NamesFileAndImage(int label)
    {
        var path = WithBatch("Python", "test_batch", Batch([3, label], new byte[2 * ImageBytes], 2, ImageBytes));

        AssertError(
            path,
            string.Create(CultureInfo.InvariantCulture, $"{Path.Combine(path, "test_batch")}: label {label} of image 1 is out of range (0 to 9)."));
    }

    [Fact]
    public void Read_OtherNumberOfLabels_IsRejected()
    {
        var path = WithBatch("Python", "test_batch", Batch([1, 2, 3], new byte[2 * ImageBytes], 2, ImageBytes));

        AssertError(path, $"{Path.Combine(path, "test_batch")} has 2 images, but 3 labels.");
    }

    [Fact]
    public void Read_RecordsCutShort_SaysWhatARecordIs()
    {
        var path = WithBatch("binary", "data_batch_5.bin", new byte[5000]);

        AssertError(
            path,
            $"{Path.Combine(path, "data_batch_5.bin")} is not one of CIFAR-10's files, or cut short: "
                + "its 5000 bytes are no multiple of 3073 (1 byte of label and 3072 of pixels).");
    }

    [Fact]
    public void Read_OtherNumberOfNames_IsRejected()
    {
        var path = WithBatch("binary", "batches.meta.txt", "airplane\nautomobile\n"u8.ToArray());

        AssertError(path, $"{Path.Combine(path, "batches.meta.txt")} does not hold the names of 10 classes.");
    }

    [Fact]
    public void Read_ArchiveCutShort_SaysSo()
    {
        var path = CifarFiles.WriteArchive(_folder.Path, CifarFiles.Layout("CIFAR-10", "binary"));
        var bytes = File.ReadAllBytes(path);
        File.WriteAllBytes(path, bytes[..(bytes.Length / 2)]);

        var error = Assert.Throws<UserErrorException>(() => Open(path));

        Assert.StartsWith($"{path} is truncated", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_ArchiveWithTwoEntriesOfAName_IsRejected()
    {
        var layout = CifarFiles.Layout("CIFAR-10", "binary");
        var files = CifarFiles.Make(layout);
        var path = _folder["twice.tar.gz"];
        File.WriteAllBytes(path, CifarFiles.Archive(layout.Folder, files.Append(new("more/test_batch.bin", files["test_batch.bin"]))));

        AssertError(path, $"{path} has two entries test_batch.bin.");
    }

    [Fact]
    public void Read_ArchiveThatIsABomb_IsReadOnlyToTheLimit()
    {
        var path = _folder["bomb.tar.gz"];
        // With some noise, because an archive of zeros alone is refused before the limit is reached.
        var zeros = new byte[16 << 20];
        new Random(1).NextBytes(zeros.AsSpan(0, 1 << 19));
        File.WriteAllBytes(path, CifarFiles.Archive("cifar-10-batches-bin", Enumerable.Range(0, 20).Select(i => KeyValuePair.Create($"zeros-{i}", zeros))));

        AssertError(path, $"{path} holds more than the 256 MiB that any of CIFAR's sets can have.");
    }

    public void Dispose() => _folder.Dispose();

    private static byte[] Batch(int[] labels, byte[] pixels, int rows, int columns, string key = "data") => CifarPickleWriter.Dictionary(
        ("labels", pickle => pickle.Numbers(labels)), (key, pickle => pickle.Array(pixels, rows, columns)));

    private static IImageSource Open(string path) => ImageSources.Open(path, cancellationToken: TestContext.Current.CancellationToken);

    private static void AssertError(string path, string message) => Assert.Equal(message, Assert.Throws<UserErrorException>(() => Open(path)).Message);

    private string WithBatch(string form, string name, byte[] content)
    {
        var path = CifarFiles.WriteFolder(_folder.Path, CifarFiles.Layout("CIFAR-10", form));
        File.WriteAllBytes(Path.Combine(path, name), content);
        return path;
    }
}
