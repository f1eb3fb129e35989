using Cgh.Core;
using Cgh.Core.Experiments;
using Cgh.Core.Files;
using Cgh.DataPrep.Browsing;
using Cgh.DataPrep.Service;
using Cgh.Tests;
using Microsoft.Extensions.Configuration;
using Xunit;

namespace Cgh.DataPrep.Tests.Browsing;

public sealed class SourceRootsTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly string _root;
    private readonly SourceRoots _roots;

    public SourceRootsTests()
    {
        _root = Directory.CreateDirectory(_folder["root"]).FullName;
        Directory.CreateDirectory(_folder["root", "images", "train"]);
        Directory.CreateDirectory(_folder["root-beside", "images"]);
        Directory.CreateDirectory(_folder["secret"]);
        _roots = Roots(_root);
    }

    [Theory]
    [InlineData("root")]
    [InlineData("root/images")]
    [InlineData("root/images/")]
    [InlineData("root//images/./train")]
    public void Resolve_BelowARoot_IsThePathWithoutLinks(string path) =>
        Assert.Equal(
            Path.TrimEndingDirectorySeparator(Path.GetFullPath(_folder[path])),
            _roots.Resolve($"{_folder.Path}/{path}"));

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("root-beside/images")]
    [InlineData("root/none")]
    [InlineData("root/leads-out")]
    [InlineData("root/leads-out/deeper")]
    [InlineData("root/images/up")]
    [InlineData("root/loop")]
    public void Resolve_OutsideTheRootsOrMissing_IsRefusedWithTheAllowedFolders(string path)
    {
        Directory.CreateDirectory(_folder["secret", "deeper"]);
        File.CreateSymbolicLink(_folder["root", "leads-out"], _folder["secret"]);
        File.CreateSymbolicLink(_folder["root", "images", "up"], "../../secret");
        File.CreateSymbolicLink(_folder["root", "loop"], _folder["root", "loop"]);

        var error = Assert.Throws<UserErrorException>(() => _roots.Resolve(Path.Combine(_folder.Path, path)));

        Assert.Equal(
            $"There is no {Path.Combine(_folder.Path, path)} below an allowed folder. Images may be read from {_root}; "
            + "DataPrep__Roots (a setting of the DataPrep service) allows others.",
            error.Message);
    }

    [Theory]
    [InlineData("root/../secret")]
    [InlineData("root/images/../..")]
    [InlineData("root/..\\secret")]
    public void Resolve_WithDots_IsRefused(string path) => AssertRefused($"{_folder.Path}/{path}", "is not an absolute path without '..'");

    [Theory]
    [InlineData("images", "is not an absolute path")]
    [InlineData("../root", "is not an absolute path")]
    [InlineData("  ", "The path is empty.")]
    [InlineData("/root\0/etc", "contains a control character")]
    [InlineData("/root\n/etc", "contains a control character")]
    public void Resolve_NoProperPath_IsRefused(string path, string reason) => AssertRefused(path, reason);

    [Fact]
    public void Resolve_VeryLongPath_IsRefused() => AssertRefused("/" + new string('a', 5000), "The path has 5001 characters; at most 4095 are allowed.");

    [Fact]
    public void Resolve_VeryLongName_IsRefusedAsMissing() => AssertRefused(_folder["root", new string('a', 4000)], "There is no ");

    [Fact]
    public void Resolve_LinkWithinTheRoot_IsItsTarget()
    {
        File.CreateSymbolicLink(_folder["root", "link"], "images");

        Assert.Equal(_folder["root", "images", "train"], _roots.Resolve(_folder["root", "link", "train"]));
    }

    [Fact]
    public void Resolve_RootIsALink_WhatItLeadsToIsAllowed()
    {
        File.CreateSymbolicLink(_folder["root-link"], _root);
        var roots = Roots(_folder["root-link"]);

        Assert.Equal(_folder["root", "images"], roots.Resolve(_folder["root-link", "images"]));
        Assert.Equal([_root], roots.Existing());
    }

    [Fact]
    public void Allow_FilesOutsideTheRoots_AreRefused()
    {
        File.WriteAllText(_folder["secret", "labels.csv"], "");
        var request = new DatasetRequest { Source = _folder["root", "images"] };

        Assert.Throws<UserErrorException>(() => _roots.Allow(request with { ValLabels = _folder["secret", "labels.csv"] }));
        Assert.Throws<UserErrorException>(() => _roots.Allow(request with { ClassNames = _folder["secret", "labels.csv"] }));
        Assert.Equal(request, _roots.Allow(request));
    }

    [Fact]
    public void Allow_EveryPathOfARequest_IsResolved() => Assert.Equal(
        ["ClassNames", "Demo", "ImageColumn", "LabelColumn", "Name", "Source", "ValLabels"],
        // A new key of type string may be a path, which Allow must then resolve.
        typeof(DatasetRequest).GetProperties()
            .Where(property => property.PropertyType == typeof(string) || property.Name == nameof(DatasetRequest.Demo))
            .Select(property => property.Name)
            .Order(StringComparer.Ordinal));

    [Fact]
    public void Existing_NotConfigured_AreTheDataFoldersSources()
    {
        Directory.CreateDirectory(_folder["data", "sources"]);

        var roots = new SourceRoots(new DataFolder(_folder["data"]), Read(null)).Existing();

        Assert.Equal([_folder["data", "sources"]], roots.Where(root => root != DataPrepOptions.InstalledDatasets));
    }

    [Fact]
    public void Options_RelativeRoot_IsRefused() => Assert.Equal(
        $"DataPrep:Roots must be absolute paths, separated by '{Path.PathSeparator}' (one is 'images').",
        Assert.Throws<UserErrorException>(() => Read($"{_root}{Path.PathSeparator}images")).Message);

    [Fact]
    public void Options_UnknownSetting_IsRefused()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("DataPrep:Root", "/data")]).Build();

        Assert.StartsWith(
            "Unknown setting 'DataPrep:Root'.",
            Assert.Throws<UserErrorException>(() => DataPrepOptions.Read(configuration)).Message,
            StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();

    private static DataPrepOptions Read(string? roots) =>
        DataPrepOptions.Read(new ConfigurationBuilder().AddInMemoryCollection([new("DataPrep:Roots", roots)]).Build());

    private SourceRoots Roots(string root) => new(new DataFolder(_folder["data"]), Read(root));

    private void AssertRefused(string path, string reason)
    {
        var message = Assert.Throws<UserErrorException>(() => _roots.Resolve(path)).Message;

        Assert.Contains(reason, message, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', message);
        Assert.DoesNotContain('\0', message);
        Assert.InRange(message.Length, 1, 700);
    }
}
