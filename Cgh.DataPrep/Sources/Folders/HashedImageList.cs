using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Cgh.Core.Datasets;

namespace Cgh.DataPrep.Sources.Folders;

/// <summary>A list of image files and the hash of their paths, lengths and times of change.</summary>
internal sealed class HashedImageList : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>The images.</summary>
    public ImageList List { get; } = new();

    /// <summary>Appends an image.</summary>
    public void Add(Split split, FolderFile file, int label)
    {
        List.Add(split, file.Path, label);
        _hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{file.Path}\0{file.Length}\0{file.Changed}\0")));
    }

    /// <summary>The hash, including that of a table of labels. Can be called once.</summary>
    public string Fingerprint(string? labels)
    {
        if (labels is not null)
        {
            _hash.AppendData(Encoding.UTF8.GetBytes(labels));
        }

        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public void Dispose() => _hash.Dispose();
}
