namespace Cgh.DataPrep.Packing;

/// <summary>What the crop shows of an image of this size, and what each of its pixels is made of.</summary>
internal sealed class ImageCrop
{
    public ImageCrop(int width, int height, int shortSide, int side)
    {
        (Horizontal, Vertical) = CropAxis.For(width, height, shortSide, side);
        Columns = ResampleWeights.For(Horizontal);
        Rows = ResampleWeights.For(Vertical);
    }

    public CropAxis Horizontal { get; }

    public CropAxis Vertical { get; }

    public ResampleWeights Columns { get; }

    public ResampleWeights Rows { get; }
}
