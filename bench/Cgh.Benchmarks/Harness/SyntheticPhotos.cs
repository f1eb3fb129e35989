using SkiaSharp;

namespace Cgh.Benchmarks.Harness;

/// <summary>JPEGs of 500 x 375 pixels, ImageNet's typical size, with edges and grain; 60 to 120 KB each.</summary>
internal static class SyntheticPhotos
{
    private const int Width = 500;
    private const int Height = 375;
    private const int Quality = 90;

    public static string Create(string folder, int count, int seed = 2)
    {
        Directory.CreateDirectory(folder);
        var random = new Random(seed);
        for (var photo = 0; photo < count; photo++)
        {
            using var bitmap = new SKBitmap(Width, Height, SKColorType.Rgba8888, SKAlphaType.Opaque);
            using (var canvas = new SKCanvas(bitmap))
            {
                canvas.Clear(Colour(random));
                for (var shape = 0; shape < 60; shape++)
                {
                    using var paint = new SKPaint { Color = Colour(random).WithAlpha((byte)random.Next(60, 255)), IsAntialias = true };
                    canvas.DrawOval(random.Next(Width), random.Next(Height), random.Next(5, 150), random.Next(5, 150), paint);
                }
            }

            var pixels = bitmap.GetPixelSpan();
            var grained = pixels.ToArray();
            for (var i = 0; i < grained.Length; i++)
            {
                grained[i] = (byte)Math.Clamp(grained[i] + random.Next(-12, 13), 0, 255);
            }

            System.Runtime.InteropServices.Marshal.Copy(grained, 0, bitmap.GetPixels(), grained.Length);
            using var stream = File.Create(Path.Combine(folder, $"{photo:D4}.jpg"));
            bitmap.Encode(stream, SKEncodedImageFormat.Jpeg, Quality);
        }

        return folder;
    }

    private static SKColor Colour(Random random) => new((byte)random.Next(256), (byte)random.Next(256), (byte)random.Next(256));
}
