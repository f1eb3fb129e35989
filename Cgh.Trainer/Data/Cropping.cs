namespace Cgh.Trainer.Data;

/// <summary>A square crop of an image.</summary>
/// <param name="Row">First row of the crop.</param>
/// <param name="Column">First column of the crop.</param>
/// <param name="Flipped">Whether the crop is flipped horizontally.</param>
internal readonly record struct Crop(int Row, int Column, bool Flipped)
{
    /// <summary>Returns a row of the crop, not flipped.</summary>
    public ReadOnlySpan<byte> Line(ReadOnlySpan<byte> pixels, int packedSide, int side, int row) =>
        pixels.Slice((((Row + row) * packedSide) + Column) * 3, side * 3);

    /// <summary>Copies the crop from an image and flips it if necessary.</summary>
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

/// <summary>Selects the crop of each packed image.</summary>
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

    /// <summary>Height and width of the crops.</summary>
    public int Side { get; }

    /// <summary>Crops the centre of every image like torchvision's CenterCrop.</summary>
    public static Cropping Centre(int packedSide, int side) => new(packedSide, side, state: null);

    /// <summary>
    /// Random crops, flipped with probability 1/2 (augmentation crop-flip). A crop is a function of the run's seed, the epoch and the
    /// image index; docs/datasets.md documents it.
    /// </summary>
    public static Cropping AtRandom(int packedSide, int side, uint seed, int epoch) =>
        new(packedSide, side, SplitMix64.Output(((ulong)seed << 32) | (uint)epoch));

    /// <summary>Returns the crop of the image with this index.</summary>
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
