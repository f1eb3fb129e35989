namespace Cgh.Images;

/// <summary>The crop of an image of a given size, and the resampling weights of its columns and rows.</summary>
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
