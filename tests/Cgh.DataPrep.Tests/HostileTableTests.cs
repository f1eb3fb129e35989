using System.Diagnostics;
using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.DataPrep.Sources;
using Cgh.DataPrep.Sources.Tables;
using Cgh.Tests;
using ParquetSharp;
using Xunit;

namespace Cgh.DataPrep.Tests;

/// <summary>Tables that are damaged or lie. Each must be read or rejected in one line, in little time and memory.</summary>
public sealed class HostileTableTests : IDisposable
{
    private static readonly TimeSpan s_maxTime = TimeSpan.FromSeconds(5);

    private readonly TemporaryFolder _folder = new();

    [Theory]
    [InlineData(31, Compression.Snappy)]
    [InlineData(32, Compression.Zstd)]
    [InlineData(33, Compression.Uncompressed)]
    public void Read_DamagedParquet_ReadsOrRejectsIt(int seed, Compression compression)
    {
        var rows = Enumerable.Range(0, 8).Select(i => ((byte[]?)SourceZoo.Images[i].Bytes, (object?)(long)(i % 2))).ToArray();
        var good = File.ReadAllBytes(new TestParquet { RowsPerGroup = 4, Compression = compression, ClassNames = ["cat", "dog"] }.Write(_folder["good"], rows));
        Fuzz(good, seed, "a.parquet", path =>
        {
            using var source = ImageSources.Open(path, cancellationToken: TestContext.Current.CancellationToken);
            Assert.InRange(source.Images.Count, 1, 8);
            foreach (var sample in source.Samples(Enumerable.Range(0, source.Images.Count)))
            {
                using var stream = sample.Open();
                Assert.InRange(stream.Length, 0, good.Length);
            }
        });
    }

    [Theory]
    [InlineData(34)]
    public void Read_DamagedCsv_ReadsOrRejectsIt(int seed)
    {
        var rows = Enumerable.Range(0, 20).Select(i => $"\"a/{i}.jpg\",\"cat \"\"{i % 3}\"\"\",train\r\n");
        var good = System.Text.Encoding.UTF8.GetBytes("file,label,split\r\n" + string.Concat(rows));
        Fuzz(good, seed, "a.csv", path => Assert.InRange(LabelTable.Read(path, new SourceOptions()).Count(), 0, 60));
    }

    [Theory]
    [InlineData(1, "")]
    [InlineData(3, "file,label\na/1.jpg,cat\n")]
    public void Read_CsvRowOfMegabytes_IsRejected(int row, string before)
    {
        File.WriteAllText(_folder["a.csv"], before + new string('x', 3_000_000));

        var error = Assert.Throws<UserErrorException>(() => LabelTable.Read(_folder["a.csv"], new SourceOptions()).Count());

        Assert.Equal($"{_folder["a.csv"]}, row {row}: it is longer than 1.0 MB. A table of comma-separated values is needed.", error.Message);
    }

    [Fact]
    public void Open_FooterNestedDeeply_IsRejected() => AssertDamaged(
        [.. Enumerable.Repeat((byte)0x1C, 100_000)], "its structures are nested too deeply");

    [Fact]
    public void Open_SchemaNestedDeeply_IsRejected()
    {
        // A group named "a" with one child, 100,000 times.
        byte[] group = [0x48, 1, (byte)'a', 0x15, 2, 0];
        byte[] list = [0x29, 0xFC, .. Varint(100_000)];

        AssertDamaged([.. list, .. Enumerable.Repeat(group, 100_000).SelectMany(bytes => bytes), 0], "its schema is nested too deeply");
    }

    [Fact]
    public void Open_ListLongerThanTheFooter_IsRejected() => AssertDamaged([0x49, 0xFC, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F], "a list is longer than the file");

    [Fact]
    public void Open_FooterLongerThanTheFile_IsRejected()
    {
        File.WriteAllBytes(_folder["a.parquet"], [.. "PAR1"u8, 1, 2, 3, 0xFF, 0xFF, 0xFF, 0xFF, .. "PAR1"u8]);

        AssertRejected("it claims a footer of 4294967295 bytes");
    }

    [Fact]
    public void Open_ColumnOutsideOfTheFile_IsRejected() => AssertDamaged(Footer(start: 4, length: 1000), "a column is outside of the file");

    [Fact]
    public void Check_PageThatClaimsGigabytes_IsRejectedBeforeItIsRead()
    {
        // Type, sizes in memory and in the file, and one value.
        byte[] page = [0x15, 0, 0x15, .. Varint(2L * int.MaxValue), 0x15, .. Varint(2 * 3), 0x2C, 0x15, 2, 0, 0, 1, 2, 3];
        Write(page, Footer(start: 4, length: page.Length));
        using var pages = ParquetPages.Open(_folder["a.parquet"]);

        var error = Assert.Throws<UserErrorException>(() => pages.Check(0, 0));

        Assert.Equal(
            $"{_folder["a.parquet"]}: a page of row group 0 takes 2048 MiB of memory (at most 512 MiB). "
                + "Write the file with smaller row groups, such as 1,000 rows.",
            error.Message);
    }

    [Fact]
    public void Check_PageThatEndsBeforeItBegins_IsRejected()
    {
        byte[] page = [0x15, 0, 0x15, 2, 0x15, .. Varint((2 * 100) - 1), 0x2C, 0x15, 2, 0, 0];
        Write(page, Footer(start: 4, length: page.Length));
        using var pages = ParquetPages.Open(_folder["a.parquet"]);

        Assert.Contains("ends outside of its column", Assert.Throws<UserErrorException>(() => pages.Check(0, 0)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_RowOfMegabytes_IsRejected()
    {
        File.WriteAllText(_folder["a.csv"], "file,label\n" + new string('x', 5_000_000));

        Assert.StartsWith(
            $"{_folder["a.csv"]}, row ",
            Assert.Throws<UserErrorException>(() => LabelTable.Read(_folder["a.csv"], new SourceOptions()).Count()).Message,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"a\": 1}")]
    [InlineData("{\"a\"")]
    [InlineData("{}")]
    [InlineData("nothing here")]
    public void Read_WrongClassNames_IsOneLine(string text)
    {
        File.WriteAllText(_folder["names"], text);

        var error = Assert.Throws<UserErrorException>(() => ClassNameFile.Read(_folder["names"], ["cat"]));

        Assert.StartsWith(_folder["names"], error.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(error.Message, char.IsControl);
    }

    public void Dispose() => _folder.Dispose();

    private void Fuzz(byte[] good, int seed, string name, Action<string> read)
    {
        var random = new Random(seed);
        var (done, rejected) = (0, 0);
        File.WriteAllBytes(_folder[name], good);
        read(_folder[name]);
        for (var round = 0; round < 400; round++)
        {
            File.WriteAllBytes(_folder[name], Damage(good, random));
            var started = Stopwatch.GetTimestamp();
            try
            {
                read(_folder[name]);
                done++;
            }
            catch (UserErrorException error)
            {
                Assert.DoesNotContain(error.Message, char.IsControl);
                Assert.DoesNotContain("(message: ", error.Message, StringComparison.Ordinal);
                rejected++;
            }

            Assert.InRange(Stopwatch.GetElapsedTime(started), TimeSpan.Zero, s_maxTime);
        }

        Assert.InRange(rejected, 10, 390);
        Assert.InRange(done, 10, 390);
    }

    // The end is damaged as often as the rest: a footer is smaller than the images but decides how they are read.
    private static byte[] Damage(byte[] good, Random random)
    {
        var bytes = good.ToArray();
        var footer = Math.Min(bytes.Length, 1_500);
        for (var times = random.Next(1, 4); times > 0; times--)
        {
            var at = random.Next(2) == 0 ? bytes.Length - 1 - random.Next(footer) : random.Next(bytes.Length);
            bytes[at] = random.Next(3) switch
            {
                0 => (byte)(bytes[at] ^ (1 << random.Next(8))),
                1 => new byte[] { 0, 1, 0x7F, 0x80, 0xFF }[random.Next(5)],
                _ => (byte)random.Next(256),
            };
        }

        return random.Next(6) == 0 ? bytes[..random.Next(1, bytes.Length)] : bytes;
    }

    private static byte[] Footer(long start, long length) =>
    [
        0x49, 0x1C, // field 4, row groups: a list of one structure
        0x19, 0x1C, // field 1, columns: a list of one structure
        0x3C, // field 3, metadata
        0x45, .. Varint(2 * 6), // field 4, compression: zstd
        0x16, .. Varint(2 * 1), // field 5, number of values
        0x26, .. Varint(2 * length), // field 7, length
        0x26, .. Varint(2 * start), // field 9, first page
        0, 0, 0, 0,
    ];

    private static byte[] Varint(long value)
    {
        var bytes = new List<byte>();
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        return [.. bytes, (byte)value];
    }

    private void AssertDamaged(byte[] footer, string reason)
    {
        Write([], footer);
        AssertRejected(reason);
    }

    private void AssertRejected(string reason) => Assert.Equal(
        $"{_folder["a.parquet"]} is not a valid Parquet file: {reason}. Download or write it again.",
        Assert.Throws<UserErrorException>(() => ImageSources.Open(_folder["a.parquet"], cancellationToken: TestContext.Current.CancellationToken)).Message);

    private void Write(byte[] pages, byte[] footer) =>
        File.WriteAllBytes(_folder["a.parquet"], [.. "PAR1"u8, .. pages, .. footer, .. BitConverter.GetBytes(footer.Length), .. "PAR1"u8]);
}
