using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Demo;

/// <summary><c>demo.json</c> in a folder of demo images: the parameters that generated them.</summary>
internal sealed record DemoMarker
{
    public const string FileName = "demo.json";

    /// <summary>Number, size and seed of the images.</summary>
    public required DemoImages Images { get; init; }

    /// <summary>Appearance of the images.</summary>
    public required DemoLook Look { get; init; }

    /// <summary>
    /// Describes the images in one line, which a dataset stores as its source. It includes a hash of the appearance, so that a dataset of
    /// images with another appearance does not match.
    /// </summary>
    public string Description
    {
        get
        {
            var look = SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Look, CghJson.Line)));
            return $"{Images}, look {Convert.ToHexStringLower(look.AsSpan(0, 4))}";
        }
    }

    /// <summary>Returns the marker of images that this version of the program generates.</summary>
    public static DemoMarker For(DemoImages images) => new() { Images = images, Look = DemoLook.Of(images) };

    /// <summary>Reads the marker of a folder; null if it does not contain demo images. Other images can lie beside a file of this name, too.</summary>
    /// <exception cref="UserErrorException">It cannot be read.</exception>
    public static DemoMarker? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        try
        {
            return File.Exists(path) ? CghJson.Load<DemoMarker>(path) : null;
        }
        catch (UserErrorException error) when (error.InnerException is not (IOException or UnauthorizedAccessException))
        {
            return null;
        }
    }
}
