using System.Globalization;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using SkiaSharp;

namespace Cgh.DataPrep.Demo;

/// <summary>Generates demo images as JPEGs in ImageNet's layout: <c>train/CLASS/*.JPEG</c> and <c>val/CLASS/*.JPEG</c>.</summary>
public static class DemoImageWriter
{
    // Full chroma resolution and little quantisation: at 16 pixels, JPEG artefacts would otherwise exceed the intended noise.
    private static readonly SKJpegEncoderOptions s_jpegOptions = new(95, SKJpegEncoderDownsample.Downsample444, SKJpegEncoderAlphaOption.Ignore);

    /// <summary>
    /// Writes the images. The same <paramref name="images"/> give the same bytes. <paramref name="folder"/> appears only when it is
    /// complete; if it already contains these images, it is left unchanged.
    /// </summary>
    /// <exception cref="UserErrorException">A parameter is out of range, or the folder has other content.</exception>
    public static void Write(string folder, DemoImages images, IProgress<StageProgress>? progress = null, CancellationToken cancellationToken = default)
    {
        if (images.Failure() is { } failure)
        {
            throw UserErrorException.Usage(failure);
        }

        folder = Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder));
        var marker = DemoMarker.For(images);
        if (IsWritten(folder, marker))
        {
            return;
        }

        using var staging = StagingFolder.Open(folder, DemoMarker.FileName);
        try
        {
            if (IsWritten(folder, marker))
            {
                // By another process, meanwhile.
                staging.Delete();
                return;
            }

            staging.Clear();
            Fill(staging.Path, marker, progress, cancellationToken);
            staging.Complete();
        }
        catch (Exception error) when (WriteError.Is(error))
        {
            staging.Delete();
            throw new UserErrorException($"Cannot write {folder}: {UserText.FirstLine(error)} Free disk space or choose another folder.", error);
        }
        catch
        {
            staging.Delete();
            throw;
        }
    }

    private static void Fill(string folder, DemoMarker marker, IProgress<StageProgress>? progress, CancellationToken cancellationToken)
    {
        CghJson.Save(Path.Combine(folder, DemoMarker.FileName), marker);
        var images = marker.Images;
        var patterns = Enumerable.Range(0, images.Classes).Select(index => new DemoPattern(marker.Look, images.Seed, index)).ToArray();
        foreach (var split in new[] { "train", "val" })
        {
            for (var index = 0; index < images.Classes; index++)
            {
                Directory.CreateDirectory(Path.Combine(folder, split, DemoImages.ClassName(index)));
            }
        }

        var total = images.Train + images.Test;
        var done = 0;
        Parallelism.For(total, cancellationToken, index =>
        {
            var (split, stream, number) = index < images.Train ? ("train", DemoStream.Train, index) : ("val", DemoStream.Val, index - images.Train);
            var label = number % images.Classes;
            var pixels = patterns[label].Draw(images.Side, new DemoRandom(images.Seed, stream, number));
            var name = string.Create(CultureInfo.InvariantCulture, $"{DemoImages.ClassName(label)}_{number / images.Classes:D5}.JPEG");
            File.WriteAllBytes(Path.Combine(folder, split, DemoImages.ClassName(label), name), Encode(pixels, images.Side));
            progress?.Report(new StageProgress("generating images", Interlocked.Increment(ref done), total));
        });
    }

    private static bool IsWritten(string folder, DemoMarker marker)
    {
        if (!Directory.Exists(folder) || !Directory.EnumerateFileSystemEntries(folder).Any())
        {
            return false;
        }

        var existing = DemoMarker.Find(folder)
            ?? throw new UserErrorException($"{folder} is not empty and does not contain demo images. Choose another folder.");
        return existing == marker
            ? true
            : throw new UserErrorException(existing.Images == marker.Images
                ? $"{folder} contains demo images of another version of this program. Delete it or choose another folder."
                : $"{folder} contains other {existing.Images}. Delete it or choose another folder.");
    }

    private static unsafe byte[] Encode(byte[] pixels, int side)
    {
        var info = new SKImageInfo(side, side, SKColorType.Rgba8888, SKAlphaType.Opaque);
        fixed (byte* data = pixels)
        {
            using var pixmap = new SKPixmap(info, (nint)data);
            using var encoded = pixmap.Encode(s_jpegOptions)
                ?? throw new InvalidOperationException($"The JPEG encoder failed for an image of {side} x {side} pixels.");
            return encoded.ToArray();
        }
    }
}
