using Cgh.Core;
using Cgh.Core.Datasets;
using Cgh.Core.Files;
using Cgh.Core.LabelQuality;
using Cgh.Dashboard.Components;

namespace Cgh.Dashboard.Labels;

/// <summary>A review that pages have open, with the dataset of its images. All pages on a report share it.</summary>
public sealed class OpenReview
{
    private readonly Lock _lock = new();
    private Opened? _open;
    private string? _failure;

    public OpenReview(LabelReview review, DataFolder data)
    {
        Review = review;
        Data = data;
        ImageVersion = review.Report.Dataset[..Math.Min(16, review.Report.Dataset.Length)];
        Classes = [.. review.Report.Classes.Select(health => health.Name.Visible())];
    }

    /// <summary>The suspects, and what was decided.</summary>
    public LabelReview Review { get; }

    /// <summary>The data folder, in which its dataset and its run are found if they were moved.</summary>
    public DataFolder Data { get; }

    /// <summary>Identifies the content of the dataset in the addresses of its images.</summary>
    public string ImageVersion { get; }

    /// <summary>The classes as people read them, in the order of the labels.</summary>
    public IReadOnlyList<string> Classes { get; private set; }

    /// <summary>Width and height of the packed images; 0 until the dataset has been read.</summary>
    public int Side { get; private set; }

    /// <summary>Whether browsers show the images as they were packed: turned as their EXIF orientation says.</summary>
    public bool IsOriented { get; private set; }

    /// <summary>Opens the dataset if it is not open, and tries to read from it.</summary>
    /// <returns>Why it cannot be read; null if it can.</returns>
    public string? Check()
    {
        lock (_lock)
        {
            // An open file can outlive its folder.
            if (_open is { } open && !Dataset.Exists(open.Dataset.Folder))
            {
                _open = null;
            }

            _ = Open();
            return _failure;
        }
    }

    /// <summary>Name of the file that a training image was packed from; null if it is not known.</summary>
    public string? FileOf(int index)
    {
        lock (_lock)
        {
            return _open?.Files?[index];
        }
    }

    /// <summary>Names of the dataset's label sets; none while it cannot be read.</summary>
    public IReadOnlyList<string> LabelSetNames()
    {
        lock (_lock)
        {
            return Open()?.Dataset.LabelSetNames() ?? [];
        }
    }

    /// <summary>Reads a training image, in a format for browsers.</summary>
    /// <exception cref="UserErrorException">The dataset cannot be read, or browsers do not know the format.</exception>
    public LabelImage Read(int index)
    {
        Opened open;
        lock (_lock)
        {
            open = Open() ?? throw new UserErrorException(_failure!);
        }

        try
        {
            return LabelImage.Read(open.Dataset, index);
        }
        catch (Exception error) when (error is UserErrorException or ObjectDisposedException)
        {
            lock (_lock)
            {
                // A share that comes back needs its files opened again.
                _open = _open == open ? null : _open;
            }

            throw error as UserErrorException ?? new UserErrorException($"{open.Dataset.Folder} was closed. Load the image again.");
        }
    }

    /// <summary>Opens the dataset for a caller of its own, who disposes it.</summary>
    /// <exception cref="UserErrorException">It is not there, cannot be read or has changed.</exception>
    public Dataset OpenDataset() => LabelCorrection.OpenDataset(Review.Report, Data);

    private Opened? Open()
    {
        if (_open is null)
        {
            try
            {
                var dataset = LabelCorrection.OpenDataset(Review.Report, Data);
                _ = LabelImage.Read(dataset, Review.Suspects is [var first, ..] ? first.Index : 0);
                _open = new Opened(dataset, Core.Tracking.LearningFiles.Names(dataset));
                Classes = [.. ClassText.All(dataset.Manifest).Select(name => name.Visible())];
                Side = dataset.Manifest.Encoding == PackEncoding.Pixels ? dataset.Manifest.Side : 0;
                IsOriented = dataset.Manifest.Oriented is not null;
                _failure = null;
            }
            catch (Exception error) when (error is UserErrorException or IOException or UnauthorizedAccessException)
            {
                _failure = UserText.FirstLine(error);
            }
        }

        return _open;
    }

    // Not disposed: requests may still read from it. Its files close when they are collected.
    private sealed record Opened(Dataset Dataset, string[]? Files);
}
