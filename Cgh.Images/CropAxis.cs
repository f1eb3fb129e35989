namespace Cgh.Images;

/// <summary>One axis of torchvision's <c>Resize(shortSide)</c> followed by <c>CenterCrop(side)</c>.</summary>
/// <param name="Length">Length of the decoded image in pixels.</param>
/// <param name="Resized">Length after the resize.</param>
/// <param name="First">First resized pixel inside the crop.</param>
/// <param name="Count">Number of resized pixels inside the crop.</param>
/// <param name="Padding">Black pixels before them, if the resized image is smaller than the crop.</param>
internal readonly record struct CropAxis(int Length, long Resized, long First, int Count, int Padding)
{
    /// <summary>Returns both axes of an image.</summary>
    public static (CropAxis Horizontal, CropAxis Vertical) For(int width, int height, int shortSide, int side)
    {
        var (shorter, longer) = width <= height ? (width, height) : (height, width);

        // torchvision: int(short_side * long / short), a division of doubles that truncates.
        var resizedLonger = (long)((double)((long)shortSide * longer) / shorter);
        return width <= height
            ? (Crop(width, shortSide, side), Crop(height, resizedLonger, side))
            : (Crop(width, resizedLonger, side), Crop(height, shortSide, side));
    }

    private static CropAxis Crop(int length, long resized, int side) => resized < side
        ? new CropAxis(length, resized, First: 0, (int)resized, (int)((side - resized) / 2))
        : new CropAxis(length, resized, (long)Math.Round((resized - side) / 2.0, MidpointRounding.ToEven), side, Padding: 0);
}
