using System.Buffers.Binary;
using System.IO.Compression;

namespace Cgh.DataPrep.Tests.Sources.Idx;

/// <summary>Makes idx files, valid and lying ones.</summary>
internal static class IdxFiles
{
    /// <summary>Header of an idx file: the type, the number of dimensions and the size of each.</summary>
    public static byte[] Header(byte type, params uint[] sizes)
    {
        var header = new byte[4 + (4 * sizes.Length)];
        (header[2], header[3]) = (type, (byte)sizes.Length);
        for (var i = 0; i < sizes.Length; i++)
        {
            BinaryPrimitives.WriteUInt32BigEndian(header.AsSpan(4 + (4 * i)), sizes[i]);
        }

        return header;
    }

    /// <summary>Images of noise.</summary>
    public static byte[] Images(int count, int height = 5, int width = 4, int seed = 1)
    {
        var pixels = new byte[count * height * width];
        new Random(seed).NextBytes(pixels);
        return [.. Header(8, (uint)count, (uint)height, (uint)width), .. pixels];
    }

    public static byte[] Labels(params byte[] labels) => [.. Header(8, (uint)labels.Length), .. labels];

    public static byte[] Gzip(byte[] bytes)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(bytes);
        }

        return file.ToArray();
    }

    /// <summary>Writes a set of three classes: six images for training and three for testing.</summary>
    public static void WriteSet(string folder, string prefix = "", char dash = '-', bool gzip = false, byte firstLabel = 0)
    {
        Directory.CreateDirectory(folder);
        Write("train-images", 3, Images(6));
        Write("train-labels", 1, Labels([.. new byte[] { 2, 0, 1, 1, 0, 2 }.Select(label => (byte)(label + firstLabel))]));
        Write(dash == '-' ? "t10k-images" : "test-images", 3, Images(3, seed: 2));
        Write(dash == '-' ? "t10k-labels" : "test-labels", 1, Labels([.. new byte[] { 0, 1, 2 }.Select(label => (byte)(label + firstLabel))]));

        void Write(string name, int dimensions, byte[] bytes) => File.WriteAllBytes(
            Path.Combine(folder, $"{prefix}{name}{dash}idx{dimensions}-ubyte{(gzip ? ".gz" : "")}"), gzip ? Gzip(bytes) : bytes);
    }
}
