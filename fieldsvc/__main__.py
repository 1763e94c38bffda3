from fieldsvc.cli import main

main()
