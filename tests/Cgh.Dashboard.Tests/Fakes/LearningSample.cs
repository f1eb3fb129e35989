using System.Buffers.Binary;
using Cgh.Core.Numpy;
using Cgh.Core.Tracking;

namespace Cgh.Dashboard.Tests.Fakes;

/// <summary>A <c>learning.npy</c> as a tracked run writes it.</summary>
internal static class LearningSample
{
    private const int RecordBytes = 54;

    /// <summary>Writes examples of which every <paramref name="corruptEvery"/>th is corrupt; pristine ones are near the top left, corrupt ones below.</summary>
    public static void Write(string folder, int examples, int corruptEvery)
    {
        var random = new Random(0);
        Directory.CreateDirectory(folder);
        using var file = File.Create(Path.Combine(folder, LearningFiles.Npy));
        file.Write(NpyFile.MakeHeader(LearningFiles.Descriptor, examples));
        for (var i = 0; i < examples; i++)
        {
            var bytes = new byte[RecordBytes];
            var isCorrupt = i % corruptEvery == 0;
            bytes[12] = isCorrupt ? (byte)1 : (byte)0;
            var mean = isCorrupt ? 0.5 * random.NextDouble() : 1 - (0.6 * Math.Pow(random.NextDouble(), 2));
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(25), mean);
            BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(33), Math.Sqrt(mean * (1 - mean)) * (0.5 + (0.5 * random.NextDouble())));
            file.Write(bytes);
        }
    }
}
