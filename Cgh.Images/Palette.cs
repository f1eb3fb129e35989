using System.Runtime.InteropServices;

namespace Cgh.Images;

/// <summary>Up to 256 colours. As in Pillow, an index beyond those that the file gives is a shade of grey.</summary>
internal sealed class Palette
{
    private const int Colours = 256;

    private readonly uint[] _rgba = new uint[Colours];

    public Palette()
    {
        for (var i = 0; i < Colours; i++)
        {
            Set(i, (byte)i, (byte)i, (byte)i);
        }
    }

    public uint this[int index] => _rgba[index];

    public void Set(int index, byte red, byte green, byte blue)
    {
        if (index < Colours)
        {
            var colour = MemoryMarshal.AsBytes(_rgba.AsSpan(index, 1));
            (colour[0], colour[1], colour[2], colour[3]) = (red, green, blue, byte.MaxValue);
        }
    }

    /// <summary>Sets as many colours as there are whole triples.</summary>
    public void SetRgb(ReadOnlySpan<byte> rgb)
    {
        for (var i = 0; rgb.Length >= 3; i++, rgb = rgb[3..])
        {
            Set(i, rgb[0], rgb[1], rgb[2]);
        }
    }
}
