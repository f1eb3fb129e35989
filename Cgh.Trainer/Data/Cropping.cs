namespace Cgh.Trainer.Data;

/// <summary>A square of an image.</summary>
/// <param name="Row">Its first row.</param>
/// <param name="Column">Its first column.</param>
/// <param name="Flipped">Whether left and right are exchanged.</param>
internal readonly record struct Crop(int Row, int Column, bool Flipped)
{
    /// <summary>A row of the square as it is in the image, not flipped.</summary>
    public ReadOnlySpan<byte> Line(ReadOnlySpan<byte> pixels, int packedSide, int side, int row) =>
        pixels.Slice((((Row + row) * packedSide) + Column) * 3, side * 3);

    /// <summary>Copies the square out of an image, flipped where it is to be.</summary>
    public void Copy(ReadOnlySpan<byte> pixels, int packedSide, int side, Span<byte> square)
    {
        for (var row = 0; row < side; row++)
        {
            var line = Line(pixels, packedSide, side, row);
            var target = square.Slice(row * line.Length, line.Length);
            if (Flipped)
            {
                MirroredRow.Write(line, target);
            }
            else
            {
                line.CopyTo(target);
            }
        }
    }
}

/// <summary>Which square of each packed image a model sees.</summary>
internal sealed class Cropping
{
    // Row, column, flip.
    private const int Draws = 3;

    private readonly int _margin;
    private readonly ulong? _state;

    private Cropping(int packedSide, int side, ulong? state)
    {
        Side = side;
        _margin = packedSide - side;
        _state = state;
    }

    /// <summary>Height and width of the square.</summary>
    public int Side { get; }

    /// <summary>The centre of every image, as torchvision's CenterCrop has it; the whole image where it has that side.</summary>
    public static Cropping Centre(int packedSide, int side) => new(packedSide, side, state: null);

    /// <summary>
    /// A square at a random place, flipped with probability 1/2: augmentation crop-flip. What is drawn depends on the run's seed, the epoch
    /// and the image alone; docs/datasets.md says how.
    /// </summary>
    public static Cropping AtRandom(int packedSide, int side, uint seed, int epoch) =>
        new(packedSide, side, SplitMix64.Output(((ulong)seed << 32) | (uint)epoch));

    /// <summary>The square of the image with this index.</summary>
    public Crop Of(int index)
    {
        if (_state is not { } state)
        {
            var centre = (int)Math.Round(_margin / 2.0);
            return new Crop(centre, centre, Flipped: false);
        }

        var first = (ulong)index * Draws;
        return new Crop(Place(SplitMix64.Output(state, first)), Place(SplitMix64.Output(state, first + 1)), SplitMix64.Output(state, first + 2) >> 63 == 1);
    }

    private int Place(ulong output) => (int)Math.BigMul(output, (ulong)_margin + 1, out _);
}
