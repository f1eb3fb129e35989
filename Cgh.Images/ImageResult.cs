namespace Cgh.Images;

/// <summary>What became of an image.</summary>
/// <param name="Failure">Why it cannot be decoded, a clause without a full stop; null on success.</param>
/// <param name="Oriented">Whether the image carries an orientation other than upright (EXIF orientation 2 to 8), applied or not.</param>
internal readonly record struct ImageResult(string? Failure, bool Oriented);
