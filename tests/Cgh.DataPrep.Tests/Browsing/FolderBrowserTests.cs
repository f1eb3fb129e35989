using Cgh.Core;
using Cgh.Core.Files;
using Cgh.Core.Messages;
using Cgh.DataPrep.Browsing;
using Cgh.DataPrep.Service;
using Cgh.Tests;
using Xunit;

namespace Cgh.DataPrep.Tests.Browsing;

public sealed class FolderBrowserTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void List_Roots_AreThoseThatExist()
    {
        Directory.CreateDirectory(_folder["a"]);

        var listing = Browser(_folder["a"], _folder["none"]).List(path: null);

        Assert.Equal([new FolderEntry(_folder["a"], _folder["a"], IsFolder: true)], listing.Entries);
        Assert.Null(listing.Path);
    }

    [Fact]
    public void List_Folder_HasFoldersInOrderAndNoImagesHiddenFilesOrLinksThatLeadOut()
    {
        foreach (var name in new[] { "b", "a", ".hidden" })
        {
            Directory.CreateDirectory(_folder["root", name]);
        }

        Directory.CreateDirectory(_folder["secret"]);
        File.WriteAllText(_folder["root", "image.jpg"], "");
        File.CreateSymbolicLink(_folder["root", "out"], _folder["secret"]);
        File.CreateSymbolicLink(_folder["root", "within"], "a");

        var listing = Browser(_folder["root"]).List(_folder["root"]);

        Assert.Equal(["a", "b", "within"], listing.Entries.Select(entry => entry.Name));
        Assert.False(listing.HasMore);
        Assert.Null(listing.Parent);
        Assert.Equal(_folder["root"], Browser(_folder["root"]).List(_folder["root", "a"]).Parent);
    }

    [Fact]
    public void List_ManyFolders_SaysThatThereAreMore()
    {
        for (var i = 0; i < 501; i++)
        {
            Directory.CreateDirectory(_folder["root", $"{i}"]);
        }

        var listing = Browser(_folder["root"]).List(_folder["root"]);

        Assert.Equal((500, true), (listing.Entries.Count, listing.HasMore));
    }

    [Fact]
    public void List_File_IsRefused()
    {
        Directory.CreateDirectory(_folder["root"]);
        File.WriteAllText(_folder["root", "file"], "");

        Assert.Equal(
            $"{_folder["root", "file"]} is not a folder.",
            Assert.Throws<UserErrorException>(() => Browser(_folder["root"]).List(_folder["root", "file"])).Message);
    }

    public void Dispose() => _folder.Dispose();

    private FolderBrowser Browser(params string[] roots) =>
        new(new SourceRoots(new DataFolder(_folder["data"]), new DataPrepOptions { Roots = string.Join(Path.PathSeparator, roots) }));
}
