namespace Cgh.DataPrep.Tests;

/// <summary>A file that opens and cannot be read, like one on a share that is gone.</summary>
internal sealed class FailingStream(Exception error) : MemoryStream
{
    public long LongLength { get; init; } = 1000;

    public override long Length => LongLength;

    public override int Read(Span<byte> buffer) => throw error;
}

