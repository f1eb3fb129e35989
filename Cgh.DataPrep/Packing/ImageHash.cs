using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Cgh.DataPrep.Packing;

/// <summary>Identifies the pixels of an image, to find images that a source has twice: the first 128 bits of their SHA-256.</summary>
internal static class ImageHash
{
    public const int Bytes = 16;

    public static UInt128 Of(ReadOnlySpan<byte> pixels)
    {
        Span<byte> sha256 = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(pixels, sha256);
        return BinaryPrimitives.ReadUInt128BigEndian(sha256);
    }

    /// <summary>Writes the hash of an image to its place among those of a shard.</summary>
    public static void Write(UInt128 hash, Span<byte> hashes, int index) => BinaryPrimitives.WriteUInt128BigEndian(hashes[(index * Bytes)..], hash);

    /// <summary>Reads the hash of an image from among those of a shard.</summary>
    public static UInt128 Read(ReadOnlySpan<byte> hashes, int index) => BinaryPrimitives.ReadUInt128BigEndian(hashes[(index * Bytes)..]);
}
