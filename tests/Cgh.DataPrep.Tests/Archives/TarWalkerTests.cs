using System.Formats.Tar;
using System.Text;
using Cgh.DataPrep.Sources.Archives;
using Xunit;

namespace Cgh.DataPrep.Tests.Archives;

public sealed class TarWalkerTests
{
    private static readonly string s_longName = $"folder/{new string('a', 200)}/{new string('b', 90)}.JPEG";

    [Theory]
    [InlineData(TarEntryFormat.V7)]
    [InlineData(TarEntryFormat.Ustar)]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Next_EveryFormat_GivesNamesAndPlaces(TarEntryFormat format)
    {
        (string Name, byte[] Bytes)[] files = [("a.JPEG", [1, 2, 3]), ("b/c.JPEG", []), ("d.JPEG", [.. Enumerable.Range(0, 1025).Select(i => (byte)i)])];
        var tar = ArchiveZoo.Tar(files, format);

        AssertFiles(files, tar);
    }

    [Theory]
    [InlineData(TarEntryFormat.Pax)]
    [InlineData(TarEntryFormat.Gnu)]
    public void Next_LongAndForeignNames_AreWhole(TarEntryFormat format)
    {
        (string Name, byte[] Bytes)[] files = [(s_longName, [1]), ("größe/図.JPEG", [2]), ("short.JPEG", [3])];

        AssertFiles(files, ArchiveZoo.Tar(files, format));
    }

    [Fact]
    public void Next_UstarPrefix_IsPartOfTheName()
    {
        var tar = new RawTar().Add("a.JPEG", change: header => "pre/fix"u8.CopyTo(header.AsSpan(345))).End();

        Assert.Equal(["pre/fix/a.JPEG"], Items(tar).Select(item => item.Name));
    }

    [Fact]
    public void Next_GnuTimesInThePlaceOfThePrefix_AreNot()
    {
        var tar = new RawTar().Add("a.JPEG", magic: "ustar  ", change: header => "14000000000"u8.CopyTo(header.AsSpan(345))).End();

        Assert.Equal(["a.JPEG"], Items(tar).Select(item => item.Name));
    }

    [Fact]
    public void Next_NameThatIsNotUtf8_IsLatin1() =>
        Assert.Equal(["gr\u00f6\u00dfe.JPEG"], Items(new RawTar().Add("gr\u00f6\u00dfe.JPEG").End()).Select(item => item.Name));

    [Fact]
    public void Next_BinarySize_IsRead()
    {
        var data = new byte[700];

        var item = Assert.Single(Items(new RawTar().Add("a.JPEG", data, size: "\x80\0\0\0\0\0\0\0\0\0\x02\xBC").End()));

        Assert.Equal((512, 700), (item.Offset, item.Length));
    }

    [Fact]
    public void Next_BinarySizeBeyondFourGigabytes_IsSkippedBySeeking()
    {
        var stream = new HoleStream(
            new RawTar().Add("large.bin", size: "\x80\0\0\0\0\0\0\x03\0\0\0\0").ToArray(), 3L << 32, new RawTar().Add("a.JPEG", "x"u8).End());

        var items = Items(stream);

        Assert.Equal([("large.bin", 512, 3L << 32), ("a.JPEG", 1024 + (3L << 32), 1)], items.Select(item => (item.Name, item.Offset, item.Length)));
        Assert.True(stream.BytesRead < 3000, $"{stream.BytesRead} bytes were read.");
    }

    [Fact]
    public void Next_PaxSizeAndPath_ReplaceThoseOfTheHeader()
    {
        var tar = new RawTar().Add("global", "20 path=ignored.JPEG\n"u8, 'g').AddPax("path", "real.JPEG").AddPax("size", "600")
            .Add("short", new byte[600], size: "00000000000\0").Add("b.JPEG", "x"u8).End();

        Assert.Equal([("real.JPEG", 600), ("b.JPEG", 1)], Items(tar).Select(item => (item.Name, item.Length)));
    }

    [Fact]
    public void Next_OldSparseFileWithAMapOfSeveralBlocks_IsSkipped()
    {
        var tar = new RawTar().Add("sparse", type: 'S', size: "00000000005\0", magic: "ustar  ", change: header => header[482] = 1)
            .AddBytes([.. new byte[504], 1, .. new byte[7]]).AddBytes(new byte[512]).AddBytes([.. "piece"u8, .. new byte[507]]).Add("a.JPEG", "x"u8).End();

        Assert.Equal([("sparse", TarKind.Sparse), ("a.JPEG", TarKind.File)], Items(tar).Select(item => (item.Name, item.Kind)));
    }

    [Fact]
    public void Next_LinkThatClaimsToHaveData_HasNone()
    {
        var tar = new RawTar().Add("link", type: '1', size: "00000001000\0").Add("a.JPEG", "x"u8).End();

        Assert.Equal([("link", TarKind.Link), ("a.JPEG", TarKind.File)], Items(tar).Select(item => (item.Name, item.Kind)));
    }

    [Fact]
    public void ReadData_BetweenEntries_GivesTheContent()
    {
        var tar = ArchiveZoo.Tar([("a", "one"u8.ToArray()), ("b", new byte[1000]), ("c", "three"u8.ToArray())]);
        foreach (var stream in Streams(tar))
        {
            var walker = new TarWalker(stream);
            walker.Next();
            Assert.Equal("one"u8, walker.ReadData());
            walker.Next();
            walker.Next();
            Assert.Equal("three"u8, walker.ReadData());
            Assert.Null(walker.Next());
        }
    }

    [Fact]
    public void Next_CutShortAnywhere_IsNeverTakenForComplete()
    {
        var tar = ArchiveZoo.Tar([(s_longName, new byte[600]), ("b.JPEG", [1])]);
        var end = tar.Length - 1024;
        for (var length = 0; length < end; length += 7)
        {
            foreach (var stream in Streams(tar[..length]))
            {
                var error = Assert.Throws<ArchiveException>(() => { Items(stream); });
                Assert.Matches("^is (empty|not a tar archive|truncated: .*)$", error.Message);
            }
        }

        Assert.Equal(2, Items(tar[..(end + 512)]).Count);
    }

    public static TheoryData<string, byte[], string> Damaged { get; } = new()
    {
        { "text", Encoding.ASCII.GetBytes(new string('x', 600)), "is not a tar archive" },
        {
            "checksum", [.. new RawTar().Add("a").ToArray(), .. Flipped(new RawTar().Add("b").End())],
            "is damaged: the header at byte 512 has a wrong checksum"
        },
        { "negative size", new RawTar().Add("a", size: new string('\xFF', 12)).End(), "is damaged: the header at byte 0 has an invalid size" },
        { "huge size", new RawTar().Add("a", size: $"\x80{new string('\x7F', 11)}").End(), "is damaged: the header at byte 0 has an invalid size" },
        {
            "overflowing size", new RawTar().Add("a", size: $"\x80\0\0\x0F{new string('\xFF', 8)}").End(),
            "is damaged: the header at byte 0 has an invalid size"
        },
        { "size in letters", new RawTar().Add("a", size: "12345678x\0\0\0").End(), "is damaged: the header at byte 0 has an invalid size" },
        { "lying size", new RawTar().Add("a.JPEG", "x"u8, size: "77777777777\0").End(), "is truncated: it ends inside a.JPEG" },
        {
            "lying long name", new RawTar().Add("L", size: "07777777777\0", type: 'L').End(),
            "is refused: an extended header has 1073741823 bytes (the limit is 1048576)"
        },
        { "lying pax header", new RawTar().Add("x", size: "00000400000\0", type: 'x').End(), "is truncated: it ends inside its first entry" },
        { "pax length", new RawTar().Add("x", "99 path=a\n"u8, 'x').Add("a").End(), "is damaged: a pax header is malformed" },
        { "pax without newline", new RawTar().Add("x", "10 path=ab"u8, 'x').Add("a").End(), "is damaged: a pax header is malformed" },
        { "pax of NUL", new RawTar().AddPax("path", "a\0b").Add("a").End(), "is damaged: a pax header is malformed" },
        { "negative pax size", new RawTar().AddPax("size", "-5").Add("a").End(), "is damaged: a pax header is malformed" },
        {
            "many extensions", Repeat(new RawTar(), 9, tar => tar.AddPax("path", "a")).Add("a").End(),
            "is damaged: more than 8 extended headers in a row before byte 9216"
        },
    };

    [Theory]
    [MemberData(nameof(Damaged))]
    public void Next_DamagedOrHostile_SaysWhy(string what, byte[] tar, string expected)
    {
        Assert.NotEmpty(what);
        foreach (var stream in Streams(tar))
        {
            Assert.Equal(expected, Assert.Throws<ArchiveException>(() => { Items(stream); }).Message);
        }
    }

    private static void AssertFiles(IReadOnlyCollection<(string Name, byte[] Bytes)> files, byte[] tar)
    {
        Assert.Equal(
            files.Select(file => (file.Name, Convert.ToHexString(file.Bytes))),
            Items(tar).Select(item => (item.Name, Convert.ToHexString(tar, (int)item.Offset, (int)item.Length))));
        Assert.Equal(Items(tar), Items(Forward(tar)));
        Assert.All(Items(tar), item => Assert.Equal(TarKind.File, item.Kind));
    }

    private static List<TarItem> Items(byte[] tar) => Items(new MemoryStream(tar));

    private static List<TarItem> Items(Stream stream)
    {
        var walker = new TarWalker(stream);
        var items = new List<TarItem>();
        while (walker.Next() is { } item)
        {
            items.Add(item);
        }

        return items;
    }

    /// <summary>An archive as a file on disk, and as a compressed one.</summary>
    private static IEnumerable<Stream> Streams(byte[] tar) => [new MemoryStream(tar), Forward(tar)];

    private static BoundedInflate Forward(byte[] tar) => new(new MemoryStream(ArchiveZoo.Gzip(tar)));

    private static byte[] Flipped(byte[] tar)
    {
        tar[0] ^= 1;
        return tar;
    }

    private static RawTar Repeat(RawTar tar, int count, Action<RawTar> add)
    {
        for (var i = 0; i < count; i++)
        {
            add(tar);
        }

        return tar;
    }

    /// <summary>Bytes before and after a hole that is too large to be in memory.</summary>
    private sealed class HoleStream(byte[] before, long hole, byte[] after) : Stream
    {
        public long BytesRead { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => true;

        public override bool CanWrite => false;

        public override long Length => before.Length + hole + after.Length;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (var i = 0; i < count; i++, Position++, BytesRead++)
            {
                if (Position == Length)
                {
                    return i;
                }

                var end = before.Length + hole;
                buffer[offset + i] = Position < before.Length ? before[Position] : Position < end ? (byte)0 : after[Position - end];
            }

            return count;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
