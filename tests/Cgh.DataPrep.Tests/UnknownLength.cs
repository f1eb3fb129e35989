namespace Cgh.DataPrep.Tests;

/// <summary>A stream that does not know its length.</summary>
internal sealed class UnknownLength(byte[] bytes) : MemoryStream(bytes)
{
    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();
}
