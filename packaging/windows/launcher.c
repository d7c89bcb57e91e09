/* Starts the program with the Python beside it, and nothing of the system's, the user's or the current folder's.

   Built twice: for windows (coder-workstation.exe) and for the console (coder-workstation-cli.exe). */
#ifndef UNICODE
#define UNICODE
#endif
#include <windows.h>
#include <wchar.h>

typedef int (*py_main)(int, wchar_t **);

static int refuse(const wchar_t *what)
{
#ifdef CONSOLE
    DWORD written;
    WriteConsoleW(GetStdHandle(STD_ERROR_HANDLE), what, (DWORD)wcslen(what), &written, NULL);
#else
    MessageBoxW(NULL, what, L"Coder Workstation", MB_ICONERROR | MB_OK);
#endif
    return 70;
}

int wmain(int argc, wchar_t **argv)
{
    static wchar_t place[32768], dll[32768];
    static wchar_t *given[1024];
    wchar_t *slash;
    HMODULE python;
    py_main start;
    int count = 0;

    /* Libraries come from where the loader is told to look: this program's folders and System32. */
    SetDefaultDllDirectories(LOAD_LIBRARY_SEARCH_SYSTEM32 | LOAD_LIBRARY_SEARCH_USER_DIRS);
    SetDllDirectoryW(L"");
    if (!GetModuleFileNameW(NULL, place, 32000) || !(slash = wcsrchr(place, L'\\')))
        return refuse(L"Coder Workstation cannot find its own folder.\n");
    wcsncpy(dll, place, slash - place);
    wcscat(dll, L"\\runtime");
    AddDllDirectory(dll);
    wcscat(dll, L"\\" PYTHON_DLL);
    python = LoadLibraryExW(dll, NULL, LOAD_LIBRARY_SEARCH_DLL_LOAD_DIR | LOAD_LIBRARY_SEARCH_SYSTEM32);
    if (!python || !(start = (py_main)(void *)GetProcAddress(python, "Py_Main")))
        return refuse(L"Coder Workstation cannot start its Python. Install the program again.\n");
    if (argc > 1000)
        return refuse(L"Too many words on the command line.\n");
    given[count++] = place;
    given[count++] = L"-I"; /* no PYTHON* variables, no folder of the user's */
    given[count++] = L"-B"; /* nothing is written beside the program */
    given[count++] = L"-X";
    given[count++] = L"utf8";
    given[count++] = L"-m";
    given[count++] = L"launch";
    for (int i = 1; i < argc; i++)
        given[count++] = argv[i];
    given[count] = NULL;
    return start(count, given);
}

#ifndef CONSOLE
int WINAPI wWinMain(HINSTANCE instance, HINSTANCE before, LPWSTR line, int show)
{
    int argc;
    wchar_t **argv = CommandLineToArgvW(GetCommandLineW(), &argc);
    (void)instance; (void)before; (void)line; (void)show;
    return argv ? wmain(argc, argv) : 70;
}
#endif
