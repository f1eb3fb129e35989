using System.Buffers.Binary;
using Cgh.Images;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests;

public sealed class ExifOrientationTests
{
    private const int Short = 3, Long = 4, Byte = 1;

    public static TheoryData<string, byte[]> Broken => new()
    {
        { "empty", [] },
        { "prefix only", "Exif\0\0"u8.ToArray() },
        { "no directory", Exif(little: true, [])[..10] },
        { "wrong byte order", [.. "XX*\0"u8, .. Exif(little: true, (0x112, Short, 1, 6))[4..]] },
        { "mixed byte order", [.. "MM*\0"u8, .. Exif(little: true, (0x112, Short, 1, 6))[4..]] },
        { "BigTIFF", [.. "II+\0"u8, .. Exif(little: true, (0x112, Short, 1, 6))[4..]] },
        { "directory outside", [.. "II*\0\xff\xff\xff\x7f"u8, .. new byte[40]] },
        { "directory at the header", [.. "II*\0\0\0\0\0"u8, .. new byte[40]] },
        { "entry cut off", Exif(little: true, (0x112, Short, 1, 6))[..16] },
        { "0", Exif(little: true, (0x112, Short, 1, 0)) },
        { "9", Exif(little: true, (0x112, Short, 1, 9)) },
        { "a text", Exif(little: true, (0x112, 2, 1, 6)) },
        { "a byte", Exif(little: true, (0x112, Byte, 1, 6)) },
        { "several values", Exif(little: true, (0x112, Short, 2, 6)) },
        { "too many values", Exif(little: true, (0x112, Short, int.MaxValue, 6)) },
        { "another tag", Exif(little: true, (0x113, Short, 1, 6)) },
    };

    [Theory]
    [InlineData(true, Short)]
    [InlineData(false, Short)]
    [InlineData(true, Long)]
    [InlineData(false, Long)]
    public void Read_EitherByteOrder_IsTheOrientation(bool little, int type)
    {
        for (var value = 1; value <= 8; value++)
        {
            var exif = Exif(little, (0x10f, Long, 1, 3), (0x112, type, 1, value), (0x8769, Long, 1, 8));

            Assert.Equal(value, ExifOrientation.Read(exif));
            Assert.Equal(value, ExifOrientation.Read([.. "Exif\0\0"u8, .. exif]));
        }
    }

    [Theory]
    [MemberData(nameof(Broken))]
    public void Read_Broken_IsUpright(string what, byte[] exif) =>
        Assert.True(ExifOrientation.Read(exif) == Orientations.Upright, what);

    [Theory]
    [MemberData(nameof(Broken))]
    public void Read_ImageWithBrokenExif_IsThatImage(string what, byte[] exif)
    {
        using var reader = new ImageReader(16, 16, orient: true);
        var expected = new byte[16 * 16 * 3];
        var actual = new byte[expected.Length];
        var plain = File.ReadAllBytes(Golden.PathOf("decode", "baseline.JPEG"));
        byte[] segment = [.. "Exif\0\0"u8, .. exif];
        byte[] damaged = [0xff, 0xd8, 0xff, 0xe1, (byte)((segment.Length + 2) >> 8), (byte)(segment.Length + 2), .. segment, .. plain[2..]];

        Assert.Null(reader.Read(() => new MemoryStream(plain), expected).Failure);
        Assert.True(reader.Read(() => new MemoryStream(damaged), actual) == new ImageResult(Failure: null, Oriented: false), what);

        Assert.Equal(expected, actual);
    }

    [Fact]
    public void Read_TagTwice_IsTheLast() =>
        Assert.Equal(8, ExifOrientation.Read(Exif(little: true, (0x112, Short, 1, 6), (0x112, Short, 1, 8))));

    private static byte[] Exif(bool little, params (int Tag, int Type, int Count, int Value)[] entries)
    {
        var exif = new byte[8 + 2 + (entries.Length * 12) + 4];
        (little ? "II*\0"u8 : "MM\0*"u8).CopyTo(exif);
        Write(4, 8, bytes: 4);
        Write(8, entries.Length, bytes: 2);
        foreach (var ((tag, type, count, value), at) in entries.Select((entry, index) => (entry, 10 + (index * 12))))
        {
            Write(at, tag, bytes: 2);
            Write(at + 2, type, bytes: 2);
            Write(at + 4, count, bytes: 4);
            Write(at + 8, value, type == Short ? 2 : 4);
        }

        return exif;

        void Write(int at, int value, int bytes)
        {
            switch (bytes, little)
            {
                case (2, true):
                    BinaryPrimitives.WriteUInt16LittleEndian(exif.AsSpan(at), (ushort)value);
                    break;
                case (2, false):
                    BinaryPrimitives.WriteUInt16BigEndian(exif.AsSpan(at), (ushort)value);
                    break;
                case (_, true):
                    BinaryPrimitives.WriteInt32LittleEndian(exif.AsSpan(at), value);
                    break;
                default:
                    BinaryPrimitives.WriteInt32BigEndian(exif.AsSpan(at), value);
                    break;
            }
        }
    }
}
