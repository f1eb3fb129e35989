using System.Runtime.ConstrainedExecution;
using System.Runtime.InteropServices;

namespace Cgh.Images;

/// <summary>
/// Memory outside the managed heap: the garbage collector would keep large arrays for a while after the image that needed them.
/// </summary>
internal sealed unsafe class NativeBuffer : CriticalFinalizerObject, IDisposable
{
    private byte* _start;

    ~NativeBuffer() => Free();

    public int Capacity { get; private set; }

    /// <summary>The first bytes. The span is valid until the next call of another method.</summary>
    public Span<byte> First(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Capacity);
        return new(_start, bytes);
    }

    /// <summary>The first bytes as a file, valid as long as <see cref="First"/>.</summary>
    public EncodedFile FileOf(int bytes)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(bytes, Capacity);
        return new(_start, bytes);
    }

    /// <summary>Makes room for at least this many bytes; the contents are lost if it has to grow.</summary>
    public void Reserve(int bytes)
    {
        if (Capacity < bytes)
        {
            Free();
            Grow(bytes);
        }
    }

    /// <summary>Makes room for at least this many bytes and keeps the contents.</summary>
    public void Grow(int bytes)
    {
        if (Capacity < bytes)
        {
            _start = (byte*)NativeMemory.Realloc(_start, (nuint)bytes);
            Capacity = bytes;
        }
    }

    /// <summary>Releases the memory if it is larger than <paramref name="maximum"/>.</summary>
    public void Trim(int maximum)
    {
        if (Capacity > maximum)
        {
            Free();
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        NativeMemory.Free(_start);
        _start = null;
        Capacity = 0;
    }
}
