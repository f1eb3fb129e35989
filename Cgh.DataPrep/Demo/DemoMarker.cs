using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Cgh.Core.Experiments;
using Cgh.Core.Files;

namespace Cgh.DataPrep.Demo;

/// <summary><c>demo.json</c> in a folder of demonstration images: what they are.</summary>
internal sealed record DemoMarker
{
    public const string FileName = "demo.json";

    public required DemoImages Images { get; init; }

    public required DemoLook Look { get; init; }

    /// <summary>
    /// The images in one line, which a dataset made of them carries as its source: a dataset of another look is another one.
    /// </summary>
    public string Description
    {
        get
        {
            var look = SHA256.HashData(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(Look, CghJson.Line)));
            return $"{Images}, look {Convert.ToHexStringLower(look.AsSpan(0, 4))}";
        }
    }

    /// <summary>What the images are that this program draws.</summary>
    public static DemoMarker For(DemoImages images) => new() { Images = images, Look = new DemoLook() };

    /// <summary>What a folder's demonstration images are; null when it holds none.</summary>
    public static DemoMarker? Find(string folder)
    {
        var path = Path.Combine(folder, FileName);
        return File.Exists(path) ? CghJson.Load<DemoMarker>(path) : null;
    }
}
