namespace Cgh.DataPrep.Packing;

/// <summary>One axis of torchvision's <c>Resize(shortSide)</c> followed by <c>CenterCrop(side)</c>.</summary>
/// <param name="Length">Pixels of the decoded image.</param>
/// <param name="Resized">Pixels after the resize.</param>
/// <param name="First">First resized pixel that the crop shows.</param>
/// <param name="Count">How many resized pixels it shows.</param>
/// <param name="Padding">Black pixels before them, where the resized image is smaller than the crop.</param>
internal readonly record struct CropAxis(int Length, long Resized, long First, int Count, int Padding)
{
    /// <summary>Both axes of an image.</summary>
    public static (CropAxis Horizontal, CropAxis Vertical) For(int width, int height, int shortSide, int side)
    {
        var (shorter, longer) = width <= height ? (width, height) : (height, width);

        // int(shortSide * long / short): Python divides to a double and cuts off, and so does this.
        var resizedLonger = (long)((double)((long)shortSide * longer) / shorter);
        return width <= height
            ? (Crop(width, shortSide, side), Crop(height, resizedLonger, side))
            : (Crop(width, resizedLonger, side), Crop(height, shortSide, side));
    }

    private static CropAxis Crop(int length, long resized, int side) => resized < side
        ? new CropAxis(length, resized, First: 0, (int)resized, (int)((side - resized) / 2))
        : new CropAxis(length, resized, (long)Math.Round((resized - side) / 2.0, MidpointRounding.ToEven), side, Padding: 0);
}
